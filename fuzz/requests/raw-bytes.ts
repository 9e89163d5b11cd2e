import type { Random } from '../random.ts';
import type { FuzzRequest } from './make-request.ts';

/** A request that no client would send: broken, smuggled, cut off, several at once, or no HTTP at all. */
export const damage = (whole: Buffer, random: Random): Pick<FuzzRequest, 'bytes' | 'how'> => {
  const text = whole.toString('latin1');
  const odd = (changed: string): Pick<FuzzRequest, 'bytes' | 'how'> => ({
    bytes: Buffer.from(changed, 'latin1'),
    how: 'odd',
  });
  const header = (line: string): Pick<FuzzRequest, 'bytes' | 'how'> =>
    odd(text.replace('\r\n', () => `\r\n${line}\r\n`));
  switch (random.below(16)) {
    case 0:
      return { bytes: whole.subarray(0, random.below(whole.length)), how: 'cut' };
    case 1: {
      const broken = Buffer.from(whole);
      for (let n = 0; n <= random.below(8); n++) broken[random.below(Math.min(broken.length, 400))] = random.below(256);
      return { bytes: broken, how: 'odd' };
    }
    case 2:
      return { bytes: random.bytes(random.below(600)), how: 'odd' };
    case 3:
      return odd(
        text.replace(
          'HTTP/1.1',
          random.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', '', 'HTTP/1.1 x']),
        ),
      );
    case 4:
      return header(
        random.pick([
          'Content-Length: 0',
          'Content-Length: 5',
          'Content-Length: -1',
          'Content-Length: 1e9',
          'Content-Length: 18446744073709551616',
        ]),
      );
    case 5:
      return header(
        `Transfer-Encoding: ${random.pick(['chunked', 'identity', 'chunked, chunked', 'xchunked', ' chunked', 'gzip, chunked', '\x0bchunked'])}`,
      );
    case 6:
      return header(`X-Long: ${'a'.repeat(random.pick([16_000, 20_000, 100_000]))}`);
    case 7:
      return header(Array.from({ length: random.pick([100, 2_500]) }, (_, at) => `X-${at}: ${at}`).join('\r\n'));
    case 8:
      return header(
        random.pick([
          'X Y: 1',
          ': 1',
          'X\x00: 1',
          'X: \x00',
          'X: a\rb',
          ' X: folded',
          'NoColon',
          'X:\x7f',
          'Ünïcode: 1',
        ]),
      );
    case 9:
      return odd(text.replaceAll('\r\n', '\n'));
    case 10:
      return { bytes: Buffer.concat(Array.from({ length: 2 + random.below(30) }, () => whole)), how: 'odd' };
    case 11:
      return odd(
        `GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${random.pick(['zz\r\n', '-1\r\n', 'ffffffffffffffff\r\n', '5\r\nab', '1;a=b\r\nx\r\n0\r\nX: y\r\n\r\n'])}`,
      );
    case 12:
      return odd(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${text}`);
    case 13:
      return {
        bytes: Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), random.bytes(120)]),
        how: 'odd',
      };
    case 14:
      return header(
        random.pick([
          'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk',
          'Upgrade: websocket\r\nConnection: Upgrade',
          'Host: other',
        ]),
      );
    default:
      return odd(
        `${random.pick(['CONNECT example.com:80', 'GET http://[::1', 'GET \\\\x', 'GET', 'G@T /', `GET /${'%41'.repeat(9_000)}`])} HTTP/1.1\r\nHost: x\r\n\r\n`,
      );
  }
};
