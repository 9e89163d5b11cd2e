import { run } from '../program.ts';

export interface Loudness {
  /** LUFS over the whole; -70 stands for silence. */
  readonly integrated: number;
  /** dBFS. */
  readonly peak: number;
}
export const SILENT = -69;

/** By EBU R 128. */
export const loudnessOf = async (
  ffmpeg: string,
  file: string,
  options: { readonly signal: AbortSignal; readonly cwd: string },
): Promise<Loudness> => {
  const words = [
    '-hide_banner',
    '-nostats',
    '-i',
    file,
    '-map',
    '0:a:0',
    '-af',
    'ebur128=peak=true:framelog=verbose',
    '-f',
    'null',
    '-',
  ];
  const summary = (await run(ffmpeg, words, options)).err.split('Summary:').at(-1)!;
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(summary)?.[1];
    return found === undefined || found === '-inf' || found === 'nan' ? -70 : Number(found);
  };
  return { integrated: number(/I:\s+(\S+) LUFS/), peak: number(/Peak:\s+(\S+) dBFS/) };
};
