export interface Contestant {
  readonly name: string;
}
export function interleave<C extends Contestant, R>(row: {
  contestants: readonly C[];
  rounds: number;
  once: (contestant: C) => Promise<R>;
  progress: (line: string) => void;
}): Promise<{ results: Record<string, R>[]; notes: string[] }>;
export function each<R, V>(results: readonly Record<string, R>[], value: (one: R) => V): Record<string, V>[];
