export interface Tree {
  /** Whether a process with this soft RLIMIT_RTTIME belongs to the tree. */
  isOurs(mark: string): boolean;
  /** Text found only in the environment of this tree. */
  readonly marker: string | null;
  /** Process group or session. */
  readonly group: number | null;
}
export const CLEAN_LOOKS: number;
export function lookFor(tree: Tree): () => number | null;
