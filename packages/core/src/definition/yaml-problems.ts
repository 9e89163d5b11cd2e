import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLError,
} from 'yaml';
import { isKept, LISTED_ERRORS } from '../domain/index.ts';

export interface YamlProblem {
  /** Offset into the text, in UTF-16 units. */
  readonly offset: number;
  readonly message: string;
}

/** The place of a problem. Its message needs the surrounding text, so it is built only for listed problems. */
interface Found {
  readonly offset: number;
  say(): YamlProblem;
}

/** Errors in a YAML document, and values that parsing would alter, in text order. */
export const problemsOfYaml = (
  document: Document.Parsed,
  text: string,
): { readonly problems: readonly YamlProblem[]; readonly count: number } => {
  const [broken, doubtful] = [document.errors, document.warnings].map((found) =>
    found.map((error) => foundBy(error, text)),
  );
  const { unread, changed } = visited(document, text);
  const found = [...oneALine([...broken!, ...unread], text), ...doubtful!, ...changed, ...unfitCharacters(text)];
  const first = found.sort((one, other) => one.offset - other.offset).slice(0, LISTED_ERRORS);
  return { problems: first.map((one) => one.say()), count: found.length };
};

const foundBy = (error: YAMLError, text: string): Found => ({ offset: error.pos[0], say: () => inWords(error, text) });
const said = (offset: number, message: string): Found => ({ offset, say: () => ({ offset, message }) });

/** After a syntax error, the parser's messages about the rest of the line are noise. */
const oneALine = (found: readonly Found[], text: string): readonly Found[] => {
  let next = 0;
  return found
    .toSorted((one, other) => one.offset - other.offset)
    .filter(({ offset }) => {
      if (offset < next) return false;
      const end = text.indexOf('\n', offset);
      next = end === -1 ? Infinity : end + 1;
      return true;
    });
};

const lineAt = (text: string, offset: number): { readonly start: number; readonly line: string } => {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return { start, line: text.slice(start, end === -1 ? text.length : end) };
};

const inWords = ({ code, pos: [offset], message }: YAMLError, text: string): YamlProblem => {
  const { start, line } = lineAt(text, offset);
  const indent = /^[\s\u200b\ufeff]*/.exec(line)![0];
  const odd = /[^ \r]/.exec(indent);
  if (odd !== null && offset - start <= indent.length)
    return {
      offset: start + odd.index,
      message: `the line is indented with ${spaceName(odd[0])}: YAML takes blanks only`,
    };
  const unquoted = unquotedAt(text, offset);
  if (unquoted !== null) return unquoted;
  const words = WORDS[code]?.(message, text[offset] ?? '');
  return { offset, message: words ?? message };
};

const spaceName = (character: string): string =>
  character === '\t' ? 'a tab' : `the character ${codePoint(character)}, which looks like a blank`;

const WORDS: Readonly<Partial<Record<string, (message: string, character: string) => string>>> = {
  MULTIPLE_DOCS: () =>
    'a second YAML document begins here ("---" or "..."): a file holds one pipeline, put the other one in a file of its own',
  BAD_SCALAR_START: (_message, character) => `a text cannot begin with ${character} in YAML: put it in quotes`,
  BAD_ALIAS: (_message, character) => `a text cannot begin with ${character} in YAML: put it in quotes`,
  BLOCK_AS_IMPLICIT_KEY: () => 'a text with ": " in it must be in quotes, and a map must begin on a line of its own',
  BAD_DQ_ESCAPE: (message) => `${message}: write two backslashes, or use single quotes`,
  TAG_RESOLVE_FAILED: (message) =>
    `${message.replace('Unresolved tag', 'this tag is not known')}; if a text is meant, put it in quotes`,
  MISSING_CHAR: (message) =>
    message.replace(/^Missing closing (["'])quote$/, 'the text that begins with $1 is never closed'),
  RESOURCE_EXHAUSTION: () => 'the YAML is nested too deep',
};

/** Intended as text, but an alias or a map to YAML. */
const unquotedAt = (text: string, offset: number): YamlProblem | null => {
  const start = Math.max(lineAt(text, offset).start, offset - NEAR);
  const [near] = text.slice(start, offset + NEAR).split('\n');
  for (const [pattern, reads] of UNQUOTED)
    for (const { 0: meant, index } of near!.matchAll(pattern))
      if (start + index <= offset && offset <= start + index + meant.length)
        return { offset: start + index, message: `YAML reads ${reads}: put it in quotes, as ${JSON.stringify(meant)}` };
  return null;
};
/** Characters on either side of a place searched for its cause: a line may be a megabyte long. */
const NEAR = 200;
const UNQUOTED: readonly (readonly [RegExp, string])[] = [
  [/[^\s,[\]{}"']{0,100}\{\{[^{}]*\}\}[^\s,[\]{}"']*/g, '{{ as two maps'],
  [/\*(?:\/\d+)?(?:\s+[\w*/?#-]+(?:,[\w*/?#-]+)*){4,5}/g, '* as an alias'],
];

const visited = (
  document: Document.Parsed,
  text: string,
): { readonly unread: readonly Found[]; readonly changed: readonly Found[] } => {
  const unread: Found[] = [];
  const changed: Found[] = [];
  const anchors = new Map<string, unknown>();
  const remember = (node: { readonly anchor?: string }): void => {
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
  };
  visit(document, {
    Alias: (_key, alias, above) => {
      const message = problemOfAlias(alias, anchors, above);
      if (message === null) return;
      const offset = startOf(alias);
      unread.push({ offset, say: () => unquotedAt(text, offset) ?? { offset, message } });
    },
    Map: (_key, map) => {
      remember(map);
      unread.push(...collectionKeys(map.items, text));
      changed.push(...repeatedKeys(map.items));
    },
    Seq: (_key, seq) => remember(seq),
    Pair: (_key, { key, value }) => {
      const name = isAlias(key) ? anchors.get(key.source) : key;
      if (isScalar(name) && name.value === '__proto__')
        changed.push(said(startOf(key), 'the key "__proto__" is not allowed'));
      if (isMergeKey(key) && !isMergeable(value, anchors))
        changed.push(said(startOf(value ?? key), 'what "<<" merges must be a map'));
    },
    Scalar: (place, scalar) => {
      remember(scalar);
      const isMerge = place === 'key' && isMergeKey(scalar) && scalar.source === '<<';
      const message = isMerge ? null : changeOf(scalar.value, scalar.source);
      if (message !== null) changed.push(said(startOf(scalar), message));
    },
  });
  return { unread, changed };
};

/** The parser turns it into a symbol, which is not a JSON value. */
const isMergeKey = (key: unknown): boolean => isScalar(key) && typeof key.value === 'symbol';

/** A map or a list of maps, inline or through an alias. */
const isMergeable = (value: unknown, anchors: ReadonlyMap<string, unknown>): boolean => {
  const merged = isAlias(value) ? anchors.get(value.source) : value;
  return (
    isMap(merged) ||
    (isSeq(merged) && merged.items.every((item) => isMap(isAlias(item) ? anchors.get(item.source) : item)))
  );
};

const problemOfAlias = (
  { source }: Alias,
  anchors: ReadonlyMap<string, unknown>,
  above: readonly unknown[],
): string | null => {
  const anchored = anchors.get(source);
  if (anchored === undefined)
    return `no anchor "&${source}" stands before the alias "*${source}"; if a text is meant, put it in quotes`;
  return above.includes(anchored)
    ? `the alias "*${source}" stands inside what it repeats ("&${source}"), which would never end`
    : null;
};

const collectionKeys = (items: readonly Pair[], text: string): readonly Found[] =>
  items
    .filter(({ key }) => isMap(key) || isSeq(key))
    .map(({ key }) => {
      const offset = startOf(key);
      return {
        offset,
        say: () =>
          unquotedAt(text, offset) ?? {
            offset,
            message: `a key must be a text, not ${isMap(key) ? 'a map' : 'a list'}`,
          },
      };
    });

/** The parser's `uniqueKeys` compares each key with all others: seconds for a map of 10,000 stages. */
const repeatedKeys = (items: readonly Pair[]): readonly Found[] => {
  const seen = new Set<string>();
  const repeated: Found[] = [];
  for (const { key } of items) {
    // A map or a list as a key is refused elsewhere.
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (seen.has(name)) repeated.push(said(startOf(key), `the key "${name.slice(0, 100)}" stands here a second time`));
    seen.add(name);
  }
  return repeated;
};

const changeOf = (value: unknown, source: string | undefined): string | null => {
  if (value instanceof Uint8Array) return 'the tag !!binary is not supported: write base64 as a text, without the tag';
  if (typeof value === 'symbol') return 'the tag !!merge is not supported: write "<<" as the key, without the tag';
  if (typeof value !== 'number' || source === undefined || isKeptInYaml(value, source)) return null;
  return `${source.slice(0, 60)} cannot be kept exactly: send it as a text, in quotes`;
};

const isKeptInYaml = (value: number, source: string): boolean => {
  if (/^[-+]?0[xo]/.test(source)) return Number.isSafeInteger(value);
  return Number.isFinite(value) && isKept(source.replace(/^\+/, '').replaceAll('_', ''));
};

/** YAML forbids them, but the parser accepts them. */
const unfitCharacters = (text: string): readonly Found[] => {
  const found: Found[] = [];
  for (const { 0: character, index } of text.matchAll(UNFIT)) {
    const message =
      character === '\0'
        ? 'a NUL byte stands here: is the file UTF-16, or no text? Save it as UTF-8'
        : `the control character ${codePoint(character)} stands here: remove it, or write it as ${escapeOf(character)} in double quotes`;
    found.push(said(index, message));
    if (found.length === LISTED_ERRORS) break;
  }
  return found;
};
const UNFIT = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]/g;

const hex = (character: string, digits: number): string =>
  character.charCodeAt(0).toString(16).toUpperCase().padStart(digits, '0');
const codePoint = (character: string): string => `U+${hex(character, 4)}`;
const escapeOf = (character: string): string => `\\u${hex(character, 4)}`;

const startOf = (node: unknown): number => (node as Node | null | undefined)?.range?.[0] ?? 0;
