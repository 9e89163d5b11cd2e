/** One value inside `${{ … }}`. */
export type Reference =
  | { readonly kind: 'param'; readonly path: readonly string[] }
  | { readonly kind: 'input'; readonly stage: string; readonly path: readonly string[] }
  | { readonly kind: 'run'; readonly field: 'id' | 'tick' };

/** A template: literal pieces and references, in order. */
export type Template = readonly (string | Reference)[];

const OPEN = '${{';
const CLOSE = '}}';
/** Characters shown of an invalid reference. */
const SHOWN = 100;
const REFERENCE = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;
export const REFERENCE_RULE = '${{ params.<name> }}, ${{ inputs.<stage>.<field> }}, ${{ run.id }} or ${{ run.tick }}';

/** Parses a template; an unknown reference is returned as `problem`. */
export const parseTemplate = (text: string): { readonly template: Template; readonly problem: string | null } => {
  const template: (string | Reference)[] = [];
  let end = 0;
  // Not a regular expression: searching for the end after each opening takes quadratic time.
  for (let begin = text.indexOf(OPEN); begin >= 0; begin = text.indexOf(OPEN, end)) {
    const close = text.indexOf(CLOSE, begin + OPEN.length);
    if (close < 0) return { template, problem: '"${{" is never closed by "}}"' };
    if (begin > end) template.push(text.slice(end, begin));
    const reference = parseReference(text.slice(begin + OPEN.length, close).trim());
    if (!reference)
      return {
        template,
        problem: `"${text.slice(begin, Math.min(close + CLOSE.length, begin + SHOWN))}" is not a known reference: write ${REFERENCE_RULE}`,
      };
    template.push(reference);
    end = close + CLOSE.length;
  }
  if (end < text.length) template.push(text.slice(end));
  return { template, problem: null };
};

const parseReference = (text: string): Reference | null => {
  if (!REFERENCE.test(text)) return null;
  const [root, ...path] = text.split('.');
  if (root === 'params' && path.length > 0) return { kind: 'param', path };
  if (root === 'inputs' && path.length > 1) return { kind: 'input', stage: path[0]!, path: path.slice(1) };
  if (text === 'run.id' || text === 'run.tick') return { kind: 'run', field: path[0] as 'id' | 'tick' };
  return null;
};
