/** The candidate that `name` was most likely meant to be, or null when none is near: at most a third of its letters may differ. */
export const nearestName = (name: string, candidates: Iterable<string>): string | null => {
  let nearest: string | null = null;
  let least = Math.floor(name.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), least);
    if (distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
};

/** Levenshtein's distance (insert, delete, replace), or `atMost` as soon as it cannot be less. */
const editDistance = (a: string, b: string, atMost: number): number => {
  if (Math.abs(a.length - b.length) >= atMost) return atMost;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    if (Math.min(...next) >= atMost) return atMost;
    row = next;
  }
  return row[b.length]!;
};
