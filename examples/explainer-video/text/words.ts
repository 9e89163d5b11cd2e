/** Words that carry meaning, brought to a common form, so that "leases" and "lease" are one. */
const STOP_WORDS = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by
  can cannot could did do does doing done down during each either else ever every few for from further get gets had has
  have having he her here hers him his how however i if in instead into is it its itself just least less let like made
  make makes many may me might more most much must my neither never no nobody nor not nothing now of off on once one
  only or other others our out over own per rather same shall she should since so some something still such than that
  the their them then there therefore these they this those though through thus to too two under until up upon us use
  used uses using very was we well were what when where whether which while who whom whose why will with within without
  would yet you your`.split(/\s+/),
);

/** Lower-case words without stop words, in order, as `[common form, as written]`. */
export const contentWords = (text: string): readonly (readonly [stem: string, written: string])[] =>
  (text.match(/\p{L}[\p{L}\p{N}'’_-]*/gu) ?? [])
    .map((word) => word.replace(/['’]s$/u, ''))
    .filter((word) => word.length > 1 && !STOP_WORDS.has(word.toLowerCase()))
    .map((word) => [stemOf(word.toLowerCase()), word] as const);

/** English endings only; two words that share a form by chance do little harm here. */
export const stemOf = (word: string): string => {
  if (word.length < 4) return word;
  const singular =
    word.endsWith('ies') && word.length > 4
      ? `${word.slice(0, -3)}y`
      : /(?:ss|sh|ch|x|z)es$/.test(word)
        ? word.slice(0, -2)
        : /[^su]s$/.test(word)
          ? word.slice(0, -1)
          : word;
  const base = singular.replace(/(?:ing|ed|er|ly|ment|ation)$/, '');
  const stem = base.length >= 4 && /[aeiouy]/.test(base) ? base : singular;
  return stem.replace(/(.)\1$/, '$1').replace(/e$/, '');
};
