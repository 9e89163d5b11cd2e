import { CST, Lexer } from 'yaml';
import { LIMITS } from '../domain/index.ts';

/**
 * Where the text first nests deeper than LIMITS.json_depth, or null. Counts tokens before anything recurses: the parser does, and 100,000
 * brackets end the whole process, not only the parsing.
 */
export const offsetOfTooDeep = (text: string): number | null => {
  const indents: number[] = [];
  let offset = 0;
  let flow = 0;
  let inLine = 0;
  let indent = 0;
  let isLineStart = true;
  for (const token of new Lexer().lex(text)) {
    switch (CST.tokenType(token)) {
      case 'newline':
        [inLine, indent, isLineStart] = [0, 0, true];
        break;
      case 'space':
        if (isLineStart) indent = token.length;
        break;
      case 'flow-seq-start':
      case 'flow-map-start':
        flow += 1;
        break;
      case 'flow-seq-end':
      case 'flow-map-end':
        flow -= 1;
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
      case 'map-value-ind':
        if (flow === 0) inLine += 1;
        break;
      default:
    }
    const isContent = !INVISIBLE.has(CST.tokenType(token) ?? '');
    if (isContent && isLineStart) {
      isLineStart = false;
      if (flow <= 1) openIndent(indents, indent);
    }
    if (flow + inLine + indents.length > LIMITS.json_depth) return offset;
    if (!MARKS.has(token)) offset += token.length;
  }
  return null;
};

const INVISIBLE = new Set(['newline', 'space', 'comment', 'doc-mode', 'byte-order-mark']);
/** Tokens that the lexer adds: they are not in the text. */
const MARKS = new Set<string>([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

const openIndent = (indents: number[], indent: number): void => {
  while (indents.length > 0 && indents.at(-1)! >= indent) indents.pop();
  indents.push(indent);
};
