/**
 * Paths of files below one folder, with `/`, no two of which are the same on any file system, and none of which lies
 * below another: case is ignored, and whether letters are composed.
 */
export class PathSet {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** False, and nothing is added, if the path clashes with one that is in. */
  add(path: string): boolean {
    const key = path.normalize('NFC').toUpperCase().toLowerCase();
    const parents = parentsOf(key);
    if (this.#files.has(key) || this.#folders.has(key) || parents.some((folder) => this.#files.has(folder)))
      return false;
    this.#files.add(key);
    for (const folder of parents) this.#folders.add(folder);
    return true;
  }
}

/** The folders above a path: `a`, `a/b` of `a/b/c`. */
const parentsOf = (path: string): readonly string[] => {
  const parents: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) parents.push(path.slice(0, at));
  return parents;
};
