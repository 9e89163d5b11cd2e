import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type DeployedApi, deployApi } from './deployed-api.ts';

const PAGE = '<!doctype html><title>Millrace</title><script type="module" src="/assets/index-Ab12.js"></script>';
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(5_000))});`;

let dir: string;
let deployed: DeployedApi;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-dist-'));
  mkdirSync(join(dir, 'assets'));
  for (const [name, text] of Object.entries({
    'index.html': PAGE,
    'assets/index-Ab12.js': SCRIPT,
    'assets/index-Cd34.css': 'a{}',
  })) {
    writeFileSync(join(dir, name), text);
    writeFileSync(join(dir, `${name}.gz`), gzipSync(text));
  }
  writeFileSync(join(dir, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(dir, '.secret.txt'), 'hidden');
  deployed = await deployApi(inject('redisUrl'), { dashboardDir: dir });
});
afterEach(async () => {
  await deployed.end();
  rmSync(dir, { recursive: true, force: true });
});

/** By node's own client, which neither unpacks nor tidies the path. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const asked = httpRequest(deployed.url, { path, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .once('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
    });
    asked.once('error', reject).end();
  });
const HTML = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };

test('assets are kept for good, come compressed to whoever takes it, and not twice', async () => {
  const packed = await ask('/assets/index-Ab12.js', { 'accept-encoding': 'gzip, br' });
  expect(packed).toMatchObject({
    status: 200,
    headers: {
      'content-encoding': 'gzip',
      'content-type': expect.stringMatching(/^text\/javascript/),
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
    },
  });
  expect(gunzipSync(packed.body).toString()).toBe(SCRIPT);
  const plain = await ask('/assets/index-Ab12.js');
  expect([plain.headers['content-encoding'], plain.body.toString()]).toEqual([undefined, SCRIPT]);
  expect(
    (await ask('/assets/index-Ab12.js', { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding'],
  ).toBeUndefined();
  expect((await ask('/assets/index-Cd34.css', { 'accept-encoding': 'gzip' })).headers['content-type']).toMatch(
    'text/css',
  );
  const again = await ask('/assets/index-Ab12.js', {
    'accept-encoding': 'gzip',
    'if-none-match': String(packed.headers['etag']),
  });
  expect([again.status, again.body.length, again.headers['cache-control']]).toEqual([
    304,
    0,
    'public, max-age=31536000, immutable',
  ]);
  // Nothing is compressed that has no compressed twin.
  expect(await ask('/icon.svg', { 'accept-encoding': 'gzip' })).toMatchObject({
    status: 200,
    headers: { 'cache-control': 'no-cache', 'content-type': 'image/svg+xml' },
  });
});

test('every path that a browser opens gets the page, under a strict policy', async () => {
  for (const path of [
    '/',
    '/runs/0192-abc',
    '/pipelines/market-data',
    '/pipelines/v1.2',
    '/schedules?x=1',
    '/system',
    '/%F0%9F%92%A9',
    '/nowhere',
  ]) {
    const page = await ask(path, HTML);
    expect([path, page.status, page.body.toString()]).toEqual([path, 200, PAGE]);
    expect(page.headers).toMatchObject({
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      etag: expect.any(String),
    });
    const policy = String(page.headers['content-security-policy']);
    for (const directive of [
      "default-src 'self'",
      "script-src 'self'",
      "style-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy.split('; ')).toContain(directive);
    expect(policy).not.toMatch('unsafe');
  }
  expect((await ask('/', {})).body.toString()).toBe(PAGE);
  expect(gunzipSync((await ask('/runs/x', { ...HTML, 'accept-encoding': 'gzip' })).body).toString()).toBe(PAGE);
  expect(await ask('/runs/x', HTML, 'HEAD')).toMatchObject({
    status: 200,
    headers: { 'content-length': String(PAGE.length) },
  });
});

test('what is not a page stays a problem', async () => {
  for (const path of [
    '/api/v1/nothing',
    '/api',
    '/admin/nothing',
    '/assets/gone-Xy99.js',
    '/metrics/x',
    '/healthz/x',
    '/readyz/x',
    '/docs/x',
    '/openapi.json/x',
  ]) {
    const answer = await ask(path, HTML);
    expect([path, answer.status, JSON.parse(answer.body.toString()).code]).toEqual([path, 404, 'unknown_route']);
    expect(answer.headers['cache-control']).toBe('no-store');
  }
  expect((await ask('/runs/x', { accept: 'application/json' })).status).toBe(404);
  expect((await ask('/runs/x', HTML, 'POST')).status).toBe(404);
  for (const path of [
    '/../package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/.secret.txt',
    '/assets',
    '/assets/',
    '/assets/%00.js',
  ])
    expect([path, (await ask(path)).status]).toEqual([path, 404]);
  expect([400, 404]).toContain((await ask('/%', { accept: '*/*' })).status);
});

test('Bull Board keeps its own looser policy', async () => {
  const policy = (await deployed.get('/admin/queues/')).headers.get('content-security-policy');
  expect(policy).toMatch("style-src 'self' 'unsafe-inline'");
});

test('a build needs no restart; without one / says how to make it', async () => {
  const built = readFileSync(join(dir, 'index.html'));
  rmSync(join(dir, 'index.html'));
  rmSync(join(dir, 'index.html.gz'));
  const without = await ask('/', HTML);
  expect([without.status, without.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(without.body.toString()).toMatch('npm run build');
  expect((await ask('/runs/x', HTML)).status).toBe(404);
  writeFileSync(join(dir, 'index.html'), built);
  expect((await ask('/', HTML)).body.toString()).toBe(PAGE);
});
