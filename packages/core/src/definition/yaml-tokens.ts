import { CST, Lexer } from 'yaml';
import { LIMITS, TOO_DEEP } from '../domain/index.ts';
import type { YamlProblem } from './yaml-problems.ts';

/**
 * Where the text first exceeds LIMITS.json_depth or LIMITS.yaml_tokens, or null. Counts tokens before parsing, because
 * the parser recurses and needs up to a kilobyte per token: 100,000 brackets would crash the whole process.
 */
export const problemOfTokens = (text: string): YamlProblem | null => {
  let tokens = 0;
  let directives = 0;
  const indents: number[] = [];
  let offset = 0;
  let flow = 0;
  let inLine = 0;
  let indent = 0;
  let isLineStart = true;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > LIMITS.yaml_tokens) return { offset, message: TOO_MANY };
    switch (CST.tokenType(token)) {
      case 'directive-line':
        directives += 1;
        if (directives > MAX_DIRECTIVES) return { offset, message: `more than ${MAX_DIRECTIVES} lines begin with "%"` };
        break;
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
      case 'double-quoted-scalar':
        if (badEscapes(token) > MAX_BAD_ESCAPES)
          return {
            offset,
            message: `the text has more than ${MAX_BAD_ESCAPES} invalid escapes: write two backslashes, or use single quotes`,
          };
        break;
      default:
    }
    const isContent = !INVISIBLE.has(CST.tokenType(token) ?? '');
    if (isContent && isLineStart) {
      isLineStart = false;
      if (flow <= 1) openIndent(indents, indent);
    }
    if (flow + inLine + indents.length > LIMITS.json_depth) return { offset, message: `the YAML ${TOO_DEEP}` };
    if (!MARKS.has(token)) offset += token.length;
  }
  return null;
};

/** Directives such as `%YAML 1.2`. */
const MAX_DIRECTIVES = 10;
const TOO_MANY = `the YAML has more than ${LIMITS.yaml_tokens} parts (the limit yaml_tokens): write the definition in TypeScript, or as several pipelines`;

/** The parser reports an error for each. */
const MAX_BAD_ESCAPES = 1_000;
const badEscapes = (token: string): number => {
  let bad = 0;
  for (const [, wrong] of token.matchAll(ESCAPE)) if (wrong !== undefined) bad += 1;
  return bad;
};
const ESCAPE = /\\(?:[0abefnrtvNLP _"/\\\t\r\n]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|([^]))/g;

const INVISIBLE = new Set(['newline', 'space', 'comment', 'doc-mode', 'byte-order-mark']);
/** Synthetic tokens of the lexer, absent from the text. */
const MARKS = new Set<string>([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

const openIndent = (indents: number[], indent: number): void => {
  while (indents.length > 0 && indents.at(-1)! >= indent) indents.pop();
  indents.push(indent);
};
