/** A sentence as a voice should say it. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/\s*(?:->|→|=>)\s*/g, ' to '],
  [/\be\.g\.,?/gi, 'for example,'],
  [/\bi\.e\.,?/gi, 'that is,'],
  [/\betc\.(?=\s+\p{Ll}|[,;)])/gu, 'and so on'],
  [/\betc\./gi, 'and so on.'],
  [/\bvs\.?(?=\s)/gi, 'versus'],
  [/\s&\s/g, ' and '],
  [/\s\/\s|(?<=[a-z])\/(?=[a-z])/g, ' or '],
  // Names in code: run_id, docs/x, startRun().
  [/(?<=\p{L})_(?=\p{L})/gu, ' '],
  [/\(\)/g, ''],
  [/(?<=[a-z])(?=[A-Z][a-z])/g, ' '],
  [/(?<=^|\s)-(?=\d)/g, 'minus '],
  [/["“”«»]/g, ''],
  [/\s*[–—]\s*/g, ', '],
  [/…/g, '.'],
  [/\s+/g, ' '],
];

export const spokenForm = (sentence: string): string =>
  SAID.reduce((text, [pattern, said]) => text.replace(pattern, said), sentence).trim();
