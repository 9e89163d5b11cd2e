import { PathSet } from '@millrace/core/domain';

/**
 * Paths in the folder of an exported run, each of which fits beside those before. What would clash goes, with its whole
 * name, into a folder beside: `~2`, `~3`, …
 */
export const exportPaths = (): ((folder: string, name: string) => string) => {
  const taken = new PathSet();
  /** How many have asked for a path: many artifacts may share one name. */
  const asked = new Map<string, number>();
  return (folder, name) => {
    const wanted = `${folder}/${name}`;
    let place = (asked.get(wanted) ?? 0) + 1;
    const path = () => (place === 1 ? wanted : `${folder}/~${place}/${name}`);
    while (!taken.add(path())) place += 1;
    asked.set(wanted, place);
    return path();
  };
};
