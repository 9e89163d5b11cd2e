/** " (did you mean "x"?)" for the closest of the candidates, or "" when none is close. */
export const didYouMean = (name: string, candidates: Iterable<string>): string => {
  const nearest = nearestName(name, candidates);
  return nearest === null ? '' : ` (did you mean "${nearest}"?)`;
};

/** The nearest candidate within edits of a third of the name's length (at least one), or null. */
export const nearestName = (name: string, candidates: Iterable<string>): string | null => {
  let nearest: string | null = null;
  let best = Math.max(1, Math.floor(name.length / 3)) + 1;
  const wanted = name.slice(0, 64).toLowerCase();
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= best) continue;
    const distance = edits(wanted, candidate.slice(0, 64).toLowerCase());
    if (distance < best) [nearest, best] = [candidate, distance];
  }
  return nearest;
};

/** Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours. */
const edits = (a: string, b: string): number => {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
};
