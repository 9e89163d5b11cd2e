/** One value inside `${{ … }}`. */
export type Reference =
  | { readonly kind: 'param'; readonly path: readonly string[] }
  | { readonly kind: 'input'; readonly stage: string; readonly path: readonly string[] }
  | { readonly kind: 'run'; readonly field: 'id' | 'tick' };

/** A text with holes: literal pieces and references, in order. */
export type Template = readonly (string | Reference)[];

const HOLE = /\$\{\{(.*?)\}\}/gs;
const REFERENCE = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;
export const REFERENCE_RULE = '${{ params.<name> }}, ${{ inputs.<stage>.<field> }}, ${{ run.id }} or ${{ run.tick }}';

/** Takes a text apart; a hole that is none of the known references comes back as `problem`. */
export const parseTemplate = (text: string): { readonly template: Template; readonly problem: string | null } => {
  const template: (string | Reference)[] = [];
  let end = 0;
  for (const hole of text.matchAll(HOLE)) {
    if (hole.index > end) template.push(text.slice(end, hole.index));
    const reference = parseReference(hole[1]!.trim());
    if (!reference) return { template, problem: `"${hole[0]}" is not a known reference: write ${REFERENCE_RULE}` };
    template.push(reference);
    end = hole.index + hole[0].length;
  }
  if (text.includes('${{', end)) return { template, problem: '"${{" is never closed by "}}"' };
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
