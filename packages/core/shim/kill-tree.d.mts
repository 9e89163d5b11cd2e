export interface Tree {
  /** Whether a process with this soft RLIMIT_RTTIME is of the tree. */
  isOurs(mark: string): boolean;
  /** A part of the environment that only the tree has. */
  readonly marker: string | null;
  /** Process group or session. */
  readonly group: number | null;
}
export const CLEAN_LOOKS: number;
export function lookFor(tree: Tree): () => number | null;
