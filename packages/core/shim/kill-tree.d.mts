export interface Tree {
  readonly mark: string | null;
  readonly marker: string | null;
  readonly group: number;
}
export function killPass(tree: Tree): number | null;
export function limitOf(pid: number | 'self'): string | null;
