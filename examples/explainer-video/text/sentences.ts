/** Sentences of a paragraph, as far as a voice can read them out. */
const SHORT_FORM = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|no|fig|dr|mr|mrs|ms|st|[A-Z])\.$/i;
const FEWEST_WORDS = 4;
const MOST_WORDS = 45;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Left out: fragments, what only leads to a list or to code (it ends with a colon), and lines of signs. */
export const sentencesOf = (paragraph: string): string[] => {
  const sentences: string[] = [];
  let open = '';
  for (const { segment } of segmenter.segment(paragraph)) {
    open += segment;
    if (SHORT_FORM.test(open.trimEnd())) continue;
    sentences.push(open.trim());
    open = '';
  }
  if (open.trim() !== '') sentences.push(open.trim());
  return sentences.filter(isSpeakable).map(ended);
};

export const wordCount = (text: string): number => text.match(/[\p{L}\p{N}][\p{L}\p{N}'’_-]*/gu)?.length ?? 0;

const isSpeakable = (sentence: string): boolean => {
  const words = wordCount(sentence);
  const letters = sentence.match(/[\p{L}\p{N}\s,.'’-]/gu)?.length ?? 0;
  return words >= FEWEST_WORDS && words <= MOST_WORDS && !sentence.endsWith(':') && letters / sentence.length > 0.9;
};

/** An item of a list may lack its full stop. */
const ended = (sentence: string): string =>
  /[.!?…]["')\]]?$/.test(sentence) ? sentence : `${sentence.replace(/[;,]$/, '')}.`;

/**
 * Whether a sentence points back to the one before it ("It …", "This …", "But …") and is hard to follow without it.
 */
export const pointsBack = (sentence: string): boolean =>
  /^(it|its|this|that|these|those|they|their|them|he|she|such|so|but|and|or|then|there|here|both|each of|neither|otherwise|also|thus|hence|instead|therefore|however|nobody|the same|the (?:first|second|other|latter|former))\b/i.test(
    sentence,
  ) || /\b(therefore|too|as well)\b/i.test(sentence.split(/\s+/).slice(0, 5).join(' '));
