import type { Settings } from './shapes.ts';

export const sizeOf = ({ resolution }: Pick<Settings, 'resolution'>): { width: number; height: number } => {
  const [width, height] = resolution.split('x').map(Number);
  return { width: width!, height: height! };
};
