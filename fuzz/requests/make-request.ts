import { gzipSync } from 'node:zlib';
import { type Known, knownValue } from '../known.ts';
import type { Random } from '../random.ts';
import { valueBySchema } from '../values/by-schema.ts';
import { hostileJson, RawJson, writeJson } from '../values/json.ts';
import { hostileText } from '../values/texts.ts';
import { hostileHeaders } from './headers.ts';
import type { ApiDocument, Operation } from './operations.ts';
import { damage } from './raw-bytes.ts';

/** What goes over a connection of its own. */
export interface FuzzRequest {
  /** Whose answer this is judged as; null: none that the document lists. */
  readonly operation: Operation | null;
  readonly method: string;
  readonly target: string;
  readonly bytes: Buffer;
  /**
   * `whole`: at once. `slow`: in pieces. `cut`: the connection ends in the middle, and nobody waits for an answer.
   * `odd`: no longer a proper request.
   */
  readonly how: 'whole' | 'slow' | 'cut' | 'odd';
}

export type Header = readonly [name: string, value: string];

/** A case, by its number alone. */
export const makeRequest = (document: ApiDocument, known: Known, random: Random): FuzzRequest => {
  const chosen = random.pick(document.operations);
  const operation = chosen.path.endsWith('/stream') && random.chance(0.7) ? random.pick(document.operations) : chosen;
  // How much of it is wrong: of a request in which everything is, only the first thing is ever looked at.
  const wrong = random.pick([0, 0.05, 0.2, 0.5]);
  const path = pathOf(operation, known, random, wrong);
  const query = queryOf(operation, document, known, random, wrong);
  const odd = random.chance(0.03);
  const method = random.chance(0.03)
    ? random.pick(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD', 'DELETE', 'PROPFIND', 'QUERY'])
    : headOf(operation.method, random);
  const target = random.chance(0.02) ? oddTarget(path, random) : path + query;
  const body = bodyOf(operation, document, known, random, wrong);
  const headers: Header[] = [['Host', '127.0.0.1'], ...hostileHeaders(known, random, operation, wrong)];
  if (body !== null) headers.push(...body.headers);
  const head = `${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const whole = Buffer.concat([Buffer.from(head, 'latin1'), body?.bytes ?? Buffer.alloc(0)]);
  const judged =
    document.operations.find(
      (one) => one.path === operation.path && one.method === (method === 'HEAD' ? 'GET' : method),
    ) ?? null;
  const listed = target === path + query ? judged : null;
  if (odd) return { operation: null, method, target, ...damage(whole, random) };
  return { operation: listed, method, target, bytes: whole, how: random.chance(0.01) ? 'slow' : 'whole' };
};

const headOf = (method: string, random: Random): string => (method === 'GET' && random.chance(0.05) ? 'HEAD' : method);

const pathOf = ({ path, method }: Operation, known: Known, random: Random, wrong: number): string =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    // Without its pipelines the rest of the cases would find nothing.
    if (method === 'DELETE' && name === 'pipeline')
      return random.chance(0.5) ? 'spare' : encoded(hostileText(random), random);
    if (path.includes('{artifact_id}') && name === 'run_id' && random.chance(0.8)) return known.artifactsOf;
    // The live run stays the most of the time: who has cancelled it has nothing to follow.
    const value =
      path.endsWith('/cancel') && random.chance(0.9) ? random.pick(known.ended) : knownValue(known, name, random);
    return value === undefined || random.chance(wrong)
      ? encoded(hostileText(random), random)
      : encodeURIComponent(value);
  });

/** A path segment or a part of a query that is never empty; lone surrogates cannot be encoded. */
const encoded = (text: string, random: Random): string => {
  const wellFormed = encodeURIComponent(Buffer.from(text.slice(0, 3_000)).toString()) || '%20';
  return random.chance(0.1)
    ? `${wellFormed}${random.pick(['%', '%zz', '%00', '%ff', '%c0%af', '%2f..%2f', '%5c', '%u0041'])}`
    : wellFormed;
};

const queryOf = (operation: Operation, document: ApiDocument, known: Known, random: Random, wrong: number): string => {
  const given = operation.parameters.filter((parameter) => parameter.in === 'query' && random.chance(0.35));
  const pairs = given.map(({ name, schema }) => {
    const value = random.chance(wrong)
      ? hostileText(random)
      : String(valueBySchema(schema, random, (field) => knownValue(known, field, random), document.resolve, name));
    const key = random.chance(wrong / 4)
      ? `${name}${random.pick(['[]', '[0]', '[a]', '[__proto__]', '.x', '%00'])}`
      : name;
    return `${key}=${encoded(value, random)}`;
  });
  if (pairs.length > 0 && random.chance(wrong / 2)) pairs.push(pairs[0]!);
  if (random.chance(wrong / 3))
    pairs.push(`${encoded(hostileText(random), random)}=${encoded(hostileText(random), random)}`);
  if (random.chance(0.003)) pairs.push(...Array.from({ length: 1_500 }, (_, at) => `q${at % 7}=${at}`));
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

const oddTarget = (path: string, random: Random): string =>
  random.pick([
    '*',
    '/',
    `http://127.0.0.1${path}`,
    `//${path}`,
    `${path}/`,
    `${path}/../${path}`,
    `/%2e%2e${path}`,
    `${path}%00`,
    `${path}#x`,
    path.toUpperCase(),
    path.replaceAll('/', '\\'),
    `/${'a/'.repeat(2_000)}`,
    '/admin/queues',
    '/admin/queues/api/queues?page=1e9&jobsPerPage=-1',
    '/admin/queues/api/queues/x/y/z/retry/all',
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/runs/%ff',
    '/socket.io/',
    '/socket.io/?EIO=4&transport=polling&sid=none',
    '/ws/',
  ]);

const bodyOf = (
  operation: Operation,
  document: ApiDocument,
  known: Known,
  random: Random,
  wrong: number,
): { bytes: Buffer; headers: Header[] } | null => {
  if (operation.body === null && !random.chance(0.03)) return null;
  if (operation.body !== null && random.chance(0.05)) return null;
  const bytes = Buffer.from(writeJson(valueOf(operation, document, known, random, wrong)));
  return framed(
    random.chance(0.004) ? Buffer.alloc(random.pick([262_144, 262_145, 1_048_576]), '[') : bytes,
    random,
    wrong,
  );
};

const valueOf = (operation: Operation, document: ApiDocument, known: Known, random: Random, wrong: number): unknown => {
  if (operation.body === null || random.chance(wrong / 4)) return hostileJson(random);
  const fits = valueBySchema(
    operation.body,
    random,
    (field) => (field === 'token' && random.chance(0.5) ? 'wrong' : knownValue(known, field, random)),
    document.resolve,
  );
  return mutated(fits, random, wrong, 0);
};

/** The same with some of its values replaced, and fields that nobody knows. */
const mutated = (value: unknown, random: Random, wrong: number, depth: number): unknown => {
  if (depth > 0 && random.chance(wrong)) return hostileJson(random);
  if (Array.isArray(value)) return value.map((inner) => mutated(inner, random, wrong, depth + 1));
  if (value === null || typeof value !== 'object' || value instanceof RawJson) return value;
  const fields = Object.entries(value).map(([key, inner]) => [key, mutated(inner, random, wrong, depth + 1)] as const);
  const extra = random.chance(wrong / 3) ? [[hostileText(random), hostileJson(random)] as const] : [];
  // A free map takes whatever it is given: the most of nesting goes there.
  return Object.fromEntries([...fields, ...extra]);
};

const framed = (body: Buffer, random: Random, wrong: number): { bytes: Buffer; headers: Header[] } => {
  const type: Header = ['Content-Type', random.chance(wrong / 3) ? random.pick(CONTENT_TYPES) : 'application/json'];
  if (random.chance(wrong / 6)) {
    const packed = gzipSync(random.chance(0.1) ? Buffer.alloc(20_000_000) : body);
    return {
      bytes: packed,
      headers: [
        type,
        ['Content-Encoding', random.pick(['gzip', 'br', 'deflate', 'gzip, gzip', 'x', ''])],
        ['Content-Length', String(packed.length)],
      ],
    };
  }
  if (random.chance(0.05)) {
    const chunk = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
    return {
      bytes: body.length === 0 ? Buffer.from('0\r\n\r\n') : chunk,
      headers: [type, ['Transfer-Encoding', 'chunked']],
    };
  }
  return { bytes: body, headers: [type, ['Content-Length', String(body.length)]] };
};

const CONTENT_TYPES: readonly string[] = [
  'application/json; charset=utf-16',
  'application/json; charset=latin1',
  'application/json;charset="',
  'application/vnd.api+json',
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  '',
  'x',
  'application/json, text/plain',
  'a'.repeat(5_000),
];
