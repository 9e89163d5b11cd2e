/**
 * What a person asks for in the notes of a decision: words that a stage knows, in any sentence. Notes without such a
 * word change nothing, and the stage's log says so.
 */
export interface Requests {
  /** Factor of the length: "shorter", "much shorter", "longer". */
  readonly length: number;
  /** "words: 150". */
  readonly words: number | null;
  /** "scenes: 4", "4 scenes". */
  readonly scenes: number | null;
  /** "without: leases", "without 'Leases'": parts whose heading has these words. */
  readonly without: readonly string[];
  /** "no code", "no key words". */
  readonly panels: readonly ('code' | 'terms')[];
  /** "light", "dark". */
  readonly theme: 'light' | 'dark' | null;
  /** Factor of the speed: "slower", "faster". */
  readonly speed: number;
  /** "voice: en-us". */
  readonly voice: string | null;
}

const STEP = 0.75;

export const requestsIn = (notes: readonly string[]): Requests => {
  const text = notes.join('\n');
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const last = (pattern: RegExp): string | null => [...text.matchAll(pattern)].at(-1)?.slice(1).find(Boolean) ?? null;
  const number = (pattern: RegExp): number | null => {
    const found = last(pattern);
    return found === null ? null : Number(found);
  };
  const power = (less: RegExp, more: RegExp): number => STEP ** (count(less) - count(more));
  return {
    length: power(/\bshorter\b|\btoo long\b|\bmuch(?= shorter)/gi, /\blonger\b|\btoo short\b|\bmuch(?= longer)/gi),
    words: number(/\bwords?\s*[:=]\s*(\d{1,4})\b|\b(\d{1,4}) words\b/gi),
    scenes: number(/\bscenes?\s*[:=]\s*(\d{1,2})\b|\b(\d{1,2}) scenes\b/gi),
    without: [
      ...text.matchAll(/\bwithout(?! (?:code|key ?words|terms)\b)\s*:?\s*(?:["“'‘]([^"”'’\n]+)["”'’]|([^\n,.;]+))/gi),
    ].map(([, quoted, plain]) => (quoted ?? plain!).trim().toLowerCase()),
    panels: [
      ...(/\b(?:no|without) code\b/i.test(text) ? (['code'] as const) : []),
      ...(/\b(?:no|without) (?:key ?words|terms)\b/i.test(text) ? (['terms'] as const) : []),
    ],
    theme: (last(/\b(light|dark)\b/gi)?.toLowerCase() as 'light' | 'dark' | undefined) ?? null,
    speed: power(/\bslower\b|\btoo fast\b/gi, /\bfaster\b|\btoo slow\b/gi),
    voice: last(/\bvoice\s*[:=]\s*([A-Za-z][A-Za-z0-9+-]{0,31})\b/gi),
  };
};
