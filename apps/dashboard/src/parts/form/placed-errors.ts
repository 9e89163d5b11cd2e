/** Places the API's errors at the fields they are about. */
export interface PathError {
  readonly path: string;
  readonly message: string;
}

/** Element id of a field's control. */
export const idOf = (path: string): string => `at-${path}`;

/** `paths`: of the fields shown. Each error goes to the closest field above its path; the rest are left over. */
export const placeErrors = (
  errors: readonly PathError[],
  paths: readonly string[],
): { readonly at: ReadonlyMap<string, readonly string[]>; readonly leftOver: readonly PathError[]; readonly first: string | null } => {
  const at = new Map<string, string[]>();
  const leftOver: PathError[] = [];
  for (const error of errors) {
    const owner = nearest(error.path, paths);
    if (owner === null) leftOver.push(error);
    else at.set(owner, [...(at.get(owner) ?? []), owner === error.path ? error.message : `${error.path.slice(owner.length + 1)}: ${error.message}`]);
  }
  return { at, leftOver, first: paths.find((path) => at.has(path)) ?? null };
};

const nearest = (path: string, paths: readonly string[]): string | null =>
  paths.reduce<string | null>((best, one) => ((path === one || path.startsWith(`${one}.`)) && one.length > (best?.length ?? -1) ? one : best), null);
