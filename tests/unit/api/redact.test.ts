import { expect, it } from 'vitest';
import { serializers } from '../../../apps/api/src/http/redact.ts';

const TOKEN = 'k4n4ry+8f1c/0a94be6d47aa';
const SECRET = 'canary-0123456789';
const { req, res, err } = serializers(TOKEN);
const logged = (url: string, headers: Record<string, string> = {}, id = '1') =>
  JSON.stringify(
    req({
      id,
      method: 'GET',
      url,
      headers,
      query: {},
      params: {},
      raw: {} as never,
      remoteAddress: '127.0.0.1',
      remotePort: 1,
    }),
  );
const everyByte = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('');

it.each([
  ['a parameter', `/api/v1/runs?token=${SECRET}`],
  ['the second parameter, in capitals', `/api/v1/runs?limit=7&API_KEY=${SECRET}`],
  ['a parameter after a semicolon', `/api/v1/runs;token=${SECRET}`],
  ['a fragment', `/#token=${SECRET}`],
  ['a name that is percent-encoded', `/api/v1/runs?%74oken=${SECRET}`],
  ['an address in a parameter', `/api/v1/runs?next=${encodeURIComponent(`/x?token=${SECRET}`)}`],
  [
    'an address in an address in a parameter',
    `/?next=${encodeURIComponent(`/x?next=${encodeURIComponent(`/y?access_token=${SECRET}`)}`)}`,
  ],
  ['an encoded question mark', `/api/v1/runs%3Ftoken=${SECRET}`],
  ['an encoded equals sign', `/api/v1/runs?token%3D${SECRET}`],
  ['a password in an address', `/?from=http://me:${SECRET}@host/`],
  ['the code of a login', `/callback?code=${SECRET}`],
])('nothing by its name: %s', (_, url) => {
  expect(logged(url)).not.toContain('0123456789');
  expect(logged('/', { referer: `http://host${url}`, 'x-original-url': url })).not.toContain('0123456789');
});

it.each([
  'Authorization',
  'AUTHORIZATION',
  'Proxy-Authorization',
  'X-Api-Key',
  'apikey',
  'Cookie',
  'Set-Cookie',
  'X-Auth-Token',
  'X-Amz-Security-Token',
  'X-Csrf',
])('no header by its name, nor what looks like one that authorises: %s', (name) => {
  expect(logged('/', { [name]: name === 'X-Csrf' ? `Bearer ${SECRET}` : SECRET })).not.toContain(SECRET);
});

it('no named token, wherever it is', () => {
  const token = `mlr_0123456789ab_${'s3cret-'.repeat(7).slice(0, 43)}`;
  expect(token).toHaveLength(60);
  for (const text of [token, `${token}x`, everyByte(token), `/a?next=${encodeURIComponent(`/b?q=${token}`)}`]) {
    expect(logged(`/${text}`)).not.toContain('s3cret');
    expect(logged(`/${text}`)).not.toContain('%73%33');
  }
  expect(logged('/', { 'x-id': token }, token)).not.toContain('s3cret');
});

it.each([
  ['as it is', TOKEN],
  ['percent-encoded', encodeURIComponent(TOKEN)],
  ['percent-encoded in every byte', everyByte(TOKEN)],
  ['percent-encoded in part', TOKEN.replace('k4n', '%6b4%6E')],
  ['percent-encoded twice', encodeURIComponent(encodeURIComponent(TOKEN))],
  ['beside a broken percent sign', `%zz${everyByte(TOKEN)}%`],
  ['in base64', btoa(TOKEN)],
])('the token nowhere: %s', (_, text) => {
  const all = [
    logged(`/api/v1/runs/${text}`),
    logged(`/?q=${text}`),
    logged('/', { 'x-debug': `it is ${text}`, [text.toLowerCase()]: '1' }),
    logged('/', {}, text),
  ];
  all.push(JSON.stringify(res({ statusCode: 302, headers: { 'x-request-id': text, location: `/${text}` } })));
  all.push(JSON.stringify(err({ type: 'Error', message: `of ${text}`, stack: `at ${text}` })));
  for (const line of all) {
    expect(line).not.toContain(text);
    expect(line).not.toContain(TOKEN);
    expect(line).toContain('[Redacted]');
  }
});

it('what is no secret stays as it came', () => {
  const url = '/api/v1/runs?limit=7&q=a%20b&pipeline=market-data&from=2026-01-01T00:00:00Z#x';
  const headers = {
    accept: 'text/html,application/json;q=0.8',
    'user-agent': 'curl/8.5 (a; b=c)',
    host: '127.0.0.1:3000',
    referer: 'http://host/runs?status=failed',
  };
  expect(JSON.parse(logged(url, headers))).toEqual({
    id: '1',
    method: 'GET',
    url,
    headers,
    remoteAddress: '127.0.0.1',
    remotePort: 1,
  });
});
