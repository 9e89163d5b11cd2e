import type { Known } from '../known.ts';
import type { Random } from '../random.ts';
import { hostileText } from '../values/texts.ts';
import type { Header } from './make-request.ts';
import type { Operation } from './operations.ts';

/** Who asks, and whatever else stands before a body; with `wrong` growing, more of it. */
export const hostileHeaders = (
  known: Known,
  random: Random,
  operation: Operation,
  wrong: number,
): readonly Header[] => {
  const others = NAMES.filter(() => random.chance(wrong / 15)).map(
    (name): Header => [name, headerValue(OTHERS[name]!, random)],
  );
  const key: Header[] = random.chance(0.1)
    ? [['Idempotency-Key', random.chance(wrong) ? inHeader(hostileText(random)) : `key-${random.below(50)}`]]
    : [];
  return [...authorization(known, random, operation), ...others, ...key];
};

const authorization = ({ token, cookie }: Known, random: Random, { method }: Operation): readonly Header[] => {
  const name = random.pick(['Authorization', 'authorization', 'AUTHORIZATION']);
  if (random.chance(0.8)) return [[name, `Bearer ${token}`]];
  // Signing out would leave all others without the session.
  if (random.chance(0.3) && method !== 'DELETE')
    return [['Cookie', cookie], ...(random.chance(0.5) ? [['Origin', 'http://127.0.0.1'] as const] : [])];
  switch (random.below(8)) {
    case 0:
      return [];
    case 1:
      return [[name, `Bearer ${token}x`]];
    case 2:
      return [[name, `Basic ${Buffer.from(`a:${token}`).toString('base64')}`]];
    case 3:
      return [[name, `Basic ${inHeader(hostileText(random))}`]];
    case 4:
      return [
        [name, `Bearer ${token}`],
        [name, 'Bearer other'],
      ];
    case 5:
      return [['Cookie', `${cookie}${random.pick(['x', '.', '; a=b', '%00'])}`]];
    case 6:
      return [['Cookie', Array.from({ length: 200 }, (_, at) => `c${at}=${at}`).join('; ')]];
    default:
      return [[name, `bearer  ${inHeader(hostileText(random))}`]];
  }
};

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  Accept: [
    '*/*',
    'text/html',
    'application/xml',
    'application/json;q=0',
    '*/*;q=9',
    'a'.repeat(4_000),
    ','.repeat(2_000),
  ],
  'Accept-Encoding': ['gzip', 'br', 'identity;q=0', '*;q=0', 'gzip;q=0.001', ','.repeat(2_000)],
  Range: [
    'bytes=0-',
    'bytes=-1',
    'bytes=5-2',
    'bytes=0-0,2-3',
    `bytes=${'0-1,'.repeat(500)}0-1`,
    'bytes=9007199254740993-',
    'lines=1-2',
    'bytes=a-b',
  ],
  'If-None-Match': ['*', '"x"', 'W/"x"', '"', `"${'x'.repeat(4_000)}"`],
  'If-Match': ['*', '"x"'],
  'If-Modified-Since': ['Thu, 01 Jan 1970 00:00:00 GMT', 'x'],
  'If-Range': ['"x"', 'x'],
  'Last-Event-ID': ['0', '-1', '1e9', '9007199254740993', 'x', '019ab000'],
  Host: ['evil.example', 'localhost:99999', '', 'a@b', '[::1', '127.0.0.1:1, x'],
  Origin: ['null', 'http://evil.example', 'http://127.0.0.1', 'x', `http://${'a'.repeat(3_000)}`],
  Referer: ['http://evil.example/'],
  'X-Forwarded-For': ['1.2.3.4', '::1', '127.0.0.1, 127.0.0.1', 'x', '1.2.3.4,'.repeat(500)],
  'X-Forwarded-Proto': ['https', 'x, y'],
  'X-Forwarded-Host': ['evil.example'],
  'X-Real-IP': ['127.0.0.1'],
  Forwarded: ['for=127.0.0.1;host=x'],
  Via: ['1.1 x'],
  'X-Request-Id': ['x', 'a'.repeat(65), '<b>', '../..'],
  'X-HTTP-Method-Override': ['DELETE'],
  Upgrade: ['h2c', 'websocket', 'TLS/1.0', 'x'],
  Connection: ['Upgrade', 'close', 'keep-alive, Upgrade', 'Authorization', 'x'],
  'HTTP2-Settings': ['AAMAAABkAAQCAAAAAAIAAAAA'],
  Expect: ['100-continue', 'x'],
  TE: ['trailers', 'x'],
  Trailer: ['Authorization', 'x'],
  'Sec-WebSocket-Key': ['dGhlIHNhbXBsZSBub25jZQ==', 'x'],
  'Sec-WebSocket-Version': ['13', '99'],
  'Sec-Fetch-Site': ['cross-site', 'same-origin', 'x'],
  'Cache-Control': ['no-cache', 'max-age=x'],
  'Max-Forwards': ['0'],
  'X-Api-Key': ['x'],
  'Access-Control-Request-Method': ['DELETE', 'x'],
  'User-Agent': ['', 'x'.repeat(8_000)],
};
const NAMES = Object.keys(OTHERS);

const headerValue = (usual: readonly string[], random: Random): string =>
  random.chance(0.15) ? inHeader(hostileText(random)) : random.pick(usual);

/** What a header may hold: other bytes are for `damage`. */
const inHeader = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '~').slice(0, 4_000);
