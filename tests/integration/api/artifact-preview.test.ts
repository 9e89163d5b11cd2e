import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunId } from '@millrace/core/domain';
import { beforeEach, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

const ARTIFACTS = {
  report: { name: 'report.html', content_type: 'text/html', bytes: '<style>p{color:red}</style><p>fine</p>' },
  table: {
    name: 'Tabelle "ü".csv',
    content_type: 'text/csv',
    bytes: Array.from({ length: 2_000 }, (_, row) => `${row},${row * 2}\n`).join(''),
  },
  data: { name: 'data.json', content_type: 'application/json', bytes: '{"a":1}' },
  picture: {
    name: 'p.svg',
    content_type: 'image/svg+xml',
    bytes: '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
  },
  script: { name: 'x.js', content_type: 'text/javascript', bytes: 'alert(1)' },
  module: { name: 'x.mjs', content_type: 'application/javascript; charset=utf-8', bytes: 'alert(1)' },
  pdf: { name: 'x.pdf', content_type: 'application/pdf', bytes: '%PDF-' },
  binary: { name: 'x.bin', content_type: 'application/octet-stream', bytes: '\u0000\u0001' },
  odd: { name: 'x', content_type: 'text/html\r\nSet-Cookie: a=b', bytes: 'x' },
  empty: { name: 'empty.txt', content_type: 'text/plain', bytes: '' },
} as const;
type Name = keyof typeof ARTIFACTS;

let deployed: DeployedApi;
let runId: string;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
  const worker = await deployed.worker();
  const claim = await worker.claim();
  for (const [id, { bytes, ...meta }] of Object.entries(ARTIFACTS))
    await worker.report(claim, [
      { type: 'stage.artifact', data: { id, ...meta, ...(await deployed.putArtifact(claim.runId, bytes)) } },
    ]);
  await worker.succeed(claim);
  return () => deployed.end();
});

const content = (name: Name, query = '', headers: Record<string, string> = {}, method = 'GET') =>
  deployed.call(method, `/api/v1/runs/${runId}/artifacts/${name}/content${query}`, { headers });
const shown = (name: Name, headers: Record<string, string> = {}) => content(name, '?inline=true', headers);

test('what a page can show is shown in a sandbox without scripts', async () => {
  for (const [name, type] of [
    ['report', 'text/html; charset=utf-8'],
    ['table', 'text/csv; charset=utf-8'],
    ['data', 'application/json'],
    ['picture', 'image/svg+xml'],
    ['empty', 'text/plain; charset=utf-8'],
  ] as const) {
    const answer = await shown(name);
    expect([name, answer.status, answer.text]).toEqual([name, 200, ARTIFACTS[name].bytes]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': type,
      'content-disposition': expect.stringMatching(/^inline; filename=/),
      'content-security-policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; font-src data:; frame-ancestors 'self'",
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  }
  expect((await shown('table')).headers.get('content-disposition')).toMatch(
    "filename*=UTF-8''Tabelle%20%22%C3%BC%22.csv",
  );
});

test('anything else, and everything that is not asked for inline, stays a download', async () => {
  const answers = [
    await shown('pdf'),
    await shown('binary'),
    await shown('odd'),
    await content('report'),
    await content('report', '?inline=false'),
  ];
  for (const answer of answers) {
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=/);
    expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
  }
  expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual([
    'application/pdf',
    'application/octet-stream',
    'application/octet-stream',
    'text/html',
    'text/html',
  ]);
  expect((await content('report', '?inline=yes')).json).toMatchObject({
    status: 422,
    code: 'invalid_request',
    errors: [{ path: 'query.inline' }],
  });
});

test("a script is never sent as one: our pages' script-src would let it in", async () => {
  for (const name of ['script', 'module'] as const)
    for (const answer of [await content(name), await shown(name)])
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
});

test('a range is that part of the bytes', async () => {
  const { bytes } = ARTIFACTS.table;
  for (const [range, part] of [
    ['bytes=0-99', bytes.slice(0, 100)],
    ['bytes=100-100', bytes.slice(100, 101)],
    [`bytes=${bytes.length - 5}-`, bytes.slice(-5)],
    ['bytes=-7', bytes.slice(-7)],
    ['bytes=0-99999999', bytes],
  ] as const) {
    const answer = await shown('table', { Range: range });
    expect([range, answer.status, answer.text]).toEqual([range, 206, part]);
    expect(answer.headers.get('content-length')).toBe(String(part.length));
    const from = range.startsWith('bytes=100') ? 100 : bytes.lastIndexOf(part);
    expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${from + part.length - 1}/${bytes.length}`);
  }
  const head = await content('table', '', { Range: 'bytes=0-9' }, 'HEAD');
  expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges'), head.text]).toEqual([
    200,
    String(bytes.length),
    'bytes',
    '',
  ]);
});

test('a range that is not there is 416; one that is no range, or of other bytes, is the whole', async () => {
  for (const [name, range] of [
    ['table', 'bytes=999999-'],
    ['empty', 'bytes=0-9'],
  ] as const) {
    const answer = await content(name, '', { Range: range });
    expect([answer.status, answer.json.code, answer.headers.get('content-range')]).toEqual([
      416,
      'unsatisfiable_range',
      `bytes */${ARTIFACTS[name].bytes.length}`,
    ]);
  }
  for (const headers of [
    { Range: 'lines=1-2' },
    { Range: 'bytes=x' },
    { Range: 'bytes=0-1,5-6' },
    { Range: 'bytes=0-1', 'If-Range': '"other"' },
  ]) {
    const answer = await content('table', '', headers);
    expect([headers, answer.status, answer.text.length]).toEqual([headers, 200, ARTIFACTS.table.bytes.length]);
  }
  const same = (await content('table')).headers.get('etag')!;
  expect((await content('table', '', { Range: 'bytes=0-1', 'If-Range': same })).status).toBe(206);
});

test('bytes that are gone, cut short or replaced by a link are an error', async () => {
  const { deployment } = await deployed.store.artifactUse(runId as RunId);
  const folder = join(deployed.deps.config.dataDir, 'artifacts', 'runs', deployment, runId);
  const place = async (name: Name) =>
    join(folder, String((await content(name, '', {}, 'HEAD')).headers.get('etag')).slice(1, -1));
  const [table, picture, report] = [await place('table'), await place('picture'), await place('report')];
  rmSync(table);
  rmSync(report);
  writeFileSync(report, '<styl');
  rmSync(picture);
  const foreign = join(folder, '..', 'foreign');
  writeFileSync(foreign, 'x'.repeat(ARTIFACTS.picture.bytes.length));
  symlinkSync(foreign, picture);
  for (const name of ['table', 'picture', 'report'] as const)
    for (const answer of [await content(name), await shown(name, { Range: 'bytes=0-3' })]) {
      expect([answer.status, answer.json]).toEqual([
        404,
        expect.objectContaining({ code: 'unknown_artifact', detail: expect.stringMatching('are not kept here') }),
      ]);
      expect(answer.headers.get('content-disposition')).toBeNull();
    }
});
