export const metg: (points: readonly { grain: number; efficiency: number }[], least?: number) => number | null;
