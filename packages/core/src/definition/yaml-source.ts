import {
  type Document,
  isAlias,
  isCollection,
  isMap as isYamlMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { andMore, type ErrorDetail, LIMITS, MillraceError, problemsOfValue, TOO_DEEP } from '../domain/index.ts';
import { type DefinitionSource, isMap, type Path } from './source.ts';
import { problemOfTokens } from './yaml-tokens.ts';
import { problemsOfYaml } from './yaml-problems.ts';

/** Alias uses in one file: enough for people, too few for an alias bomb. */
const MAX_ALIASES = 100;

/**
 * The YAML form as a source.
 * @throws MillraceError `invalid_definition` when it is not exactly one YAML document, or is too large
 */
export const sourceOfYaml = (written: string, file: string): DefinitionSource => {
  const bytes = Buffer.byteLength(written);
  const text = written.replace(/^\ufeff/, '');
  if (bytes > LIMITS.definition_bytes)
    throw refusal(file, [
      {
        path: file,
        message: `the definition is ${bytes} bytes; the limit definition_bytes is ${LIMITS.definition_bytes}`,
      },
    ]);
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const document = parsed(text, file, lines, at);
  const value = plain(document, file, at);
  // Aliases can nest deeper than the text does.
  const tooDeep = problemsOfValue(value).filter(({ message }) => message === TOO_DEEP);
  if (tooDeep.length > 0)
    throw refusal(
      file,
      tooDeep.map(({ path }) => ({ path: at(offsetOf(document, path)), message: `the YAML ${TOO_DEEP}` })),
    );
  const stages = isMap(value) && isMap(value['stages']) ? Object.entries(value['stages']) : [];
  return { file, spelling: 'snake', value, stages, bytes, locate: (path) => at(offsetOf(document, path)) };
};

const parsed = (text: string, file: string, lines: LineCounter, at: (offset: number) => string): Document.Parsed => {
  const beyond = problemOfTokens(text);
  if (beyond !== null)
    throw refusal(file, [{ path: `${file}:${lineOf(text, beyond.offset)}`, message: beyond.message }]);
  const document = withoutStacks(() =>
    parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, merge: true }),
  );
  const { problems, count } = problemsOfYaml(document, text);
  if (count > 0)
    throw refusal(
      file,
      problems.map(({ offset, message }) => ({ path: at(offset), message })),
      count,
    );
  const repeated = repeatedParts(document);
  if (repeated > LIMITS.yaml_tokens)
    throw refusal(file, [
      {
        path: at(firstAliasOf(document)),
        message: `its aliases repeat ${repeated} parts of it; the limit yaml_tokens is ${LIMITS.yaml_tokens}`,
      },
    ]);
  return document;
};

/** The parser creates an error per bad character: half a million are quick, but their stack traces are not. */
const withoutStacks = <T>(parse: () => T): T => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parse();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

/** Nodes that a document's aliases add, including those repeated by nested aliases. */
const repeatedParts = (document: Document.Parsed): number => {
  const sizes = new Map<string, number>();
  let repeated = 0;
  const sizeOf = (node: unknown): number => {
    let size = 1;
    if (isAlias(node)) {
      size = sizes.get(node.source) ?? 1;
      repeated += size;
    } else if (isCollection(node))
      for (const item of node.items) size += isPair(item) ? sizeOf(item.key) + sizeOf(item.value) : sizeOf(item);
    if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string') sizes.set(node.anchor, size);
    return size;
  };
  sizeOf(document.contents);
  return repeated;
};

/** Only their total is too large, so the problem points to the first one. */
const firstAliasOf = (document: Document.Parsed): number => {
  let first: number | null = null;
  visit(document, {
    Alias: (_key, { range }) => {
      first ??= range?.[0] ?? null;
      return visit.BREAK;
    },
  });
  return first ?? 0;
};

const lineOf = (text: string, offset: number): string => {
  let [line, start] = [1, 0];
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start))
    [line, start] = [line + 1, end + 1];
  return `${line}:${offset - start + 1}`;
};

const plain = (document: Document.Parsed, file: string, at: (offset: number) => string): unknown => {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (error) {
    const { message } = error as Error;
    const words = message.startsWith('Excessive alias count')
      ? `its aliases repeat its anchors more than ${MAX_ALIASES} times`
      : message;
    throw refusal(file, [{ path: at(firstAliasOf(document)), message: words }]);
  }
};

/** Position of the key at the path, or of its nearest existing ancestor. */
const offsetOf = (document: Document.Parsed, path: Path): number => {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isYamlMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (!pair) return offset;
      const isLast = depth === path.length - 1;
      offset = startOf(isLast || pair.value === null ? pair.key : pair.value) ?? offset;
      if (!isLast) offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      node = isNode(node) ? document.getIn(path.slice(0, depth + 1), true) : undefined;
      if (!isNode(node)) return offset;
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
};

const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0];

const refusal = (file: string, errors: readonly ErrorDetail[], errorCount = errors.length): MillraceError => {
  const [first] = errors;
  const where = first!.path.startsWith(file) ? first!.path : `${file}: ${first!.path}`;
  return new MillraceError('invalid_definition', `${where}: ${first!.message}${andMore(errorCount)}`, {
    errors,
    errorCount,
  });
};
