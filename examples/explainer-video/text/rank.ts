/**
 * TextRank (Mihalcea and Tarau, 2004): a sentence is important when it resembles many sentences that are important.
 * Resemblance is the cosine of TF-IDF vectors; importance is PageRank over the graph of resemblances. It adds no word,
 * and gives the same result every time.
 */
import { contentWords } from './words.ts';

export type Vector = ReadonlyMap<string, number>;

const DAMPING = 0.85;
const TOLERANCE = 1e-7;
const MOST_ROUNDS = 100;

/** TF-IDF vectors of length 1; a text without content words has an empty one. */
export const vectorsOf = (texts: readonly string[]): readonly Vector[] => {
  const counts = texts.map((text) => countsOf(contentWords(text).map(([stem]) => stem)));
  const found = countsOf(counts.flatMap((count) => [...count.keys()]));
  return counts.map((count) => {
    const weights = [...count].map(
      ([stem, times]) => [stem, times * Math.log(1 + texts.length / found.get(stem)!)] as const,
    );
    const length = Math.hypot(...weights.map(([, weight]) => weight));
    return new Map(weights.map(([stem, weight]) => [stem, weight / length]));
  });
};

export const cosine = (one: Vector, other: Vector): number => {
  const [short, long] = one.size <= other.size ? [one, other] : [other, one];
  let sum = 0;
  for (const [stem, weight] of short) sum += weight * (long.get(stem) ?? 0);
  return sum;
};

/** The importance of each text; they add up to 1. */
export const textRank = (vectors: readonly Vector[]): readonly number[] => {
  const size = vectors.length;
  const weights = vectors.map(() => new Float64Array(size));
  for (let one = 0; one < size; one += 1)
    for (let other = 0; other < one; other += 1)
      weights[one]![other] = weights[other]![one] = cosine(vectors[one]!, vectors[other]!);
  const sums = weights.map((row) => row.reduce((sum, weight) => sum + weight, 0));
  let ranks = new Float64Array(size).fill(1 / size);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    // What is like nothing else gives its rank to all.
    const stray = sums.reduce((sum, weight, at) => (weight === 0 ? sum + ranks[at]! : sum), 0);
    const next = new Float64Array(size).fill((1 - DAMPING + DAMPING * stray) / size);
    for (let from = 0; from < size; from += 1)
      if (sums[from]! > 0)
        for (let to = 0; to < size; to += 1) next[to]! += (DAMPING * ranks[from]! * weights[from]![to]!) / sums[from]!;
    const moved = next.reduce((sum, rank, at) => sum + Math.abs(rank - ranks[at]!), 0);
    ranks = next;
    if (moved < TOLERANCE) break;
  }
  return [...ranks];
};

/** The words by which a text differs from the others, as they are written most often, with their weight. */
export const keyTerms = (
  texts: readonly string[],
  most: number,
): readonly (readonly { term: string; weight: number }[])[] => {
  const spellings = new Map<string, Map<string, number>>();
  for (const text of texts)
    for (const [stem, written] of contentWords(text)) {
      const count = spellings.get(stem) ?? new Map<string, number>();
      spellings.set(stem, count.set(written, (count.get(written) ?? 0) + 1));
    }
  return vectorsOf(texts).map((vector) =>
    [...vector]
      .filter(([stem]) => stem.length > 2)
      .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
      .slice(0, most)
      .map(([stem, weight]) => ({ term: mostFrequent(spellings.get(stem)!), weight })),
  );
};

const countsOf = (words: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
};

const mostFrequent = (counts: ReadonlyMap<string, number>): string =>
  [...counts].sort(([a, one], [b, other]) => other - one || a.length - b.length || (a < b ? -1 : 1))[0]![0];
