import { cosine, vectorsOf } from './rank.ts';
import { pointsBack, wordCount } from './sentences.ts';

/** Above this two sentences say the same. */
const ALIKE = 0.6;
/** Authors say first what a section is about. */
const FIRST = 1.3;

/**
 * The most important sentences that fit, in their own order; at least one if there is any. A sentence that points back
 * is taken only together with the one before it.
 */
export const chooseSentences = (
  sentences: readonly string[],
  ranks: readonly number[],
  limit: { readonly words: number; readonly most: number },
): string[] => {
  const vectors = vectorsOf(sentences);
  const worth = (at: number): number => ranks[at]! * (at === 0 ? FIRST : 1);
  const chosen = new Set<number>();
  let words = 0;
  const order = sentences.map((_, at) => at).sort((a, b) => worth(b) - worth(a) || a - b);
  for (const at of order) {
    const group = [at];
    while (group[0]! > 0 && pointsBack(sentences[group[0]!]!)) group.unshift(group[0]! - 1);
    const added = group.filter((one) => !chosen.has(one));
    const cost = wordCount(added.map((one) => sentences[one]).join(' '));
    const isAlike = [...chosen].some((other) => cosine(vectors[at]!, vectors[other]!) > ALIKE);
    const isFirst = chosen.size === 0;
    if (isAlike || chosen.size + added.length > limit.most) continue;
    if (words + cost > limit.words && !isFirst) continue;
    for (const one of added) chosen.add(one);
    words += cost;
  }
  if (chosen.size === 0 && sentences.length > 0) chosen.add(0);
  return [...chosen].sort((a, b) => a - b).map((at) => sentences[at]!);
};
