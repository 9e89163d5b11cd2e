/** GET /runs/{run_id}/export: the run's folder as a tar, as of one event, at the client's pace. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { evolveRun, foldRun, type RunId } from '@millrace/core/domain';
import type { Claim, Store } from '@millrace/core/ports';
import { waitFor } from '@millrace/core/testing';
import { toWireStagePage, wireExportManifest, type WireExportManifest, wireRun } from '@millrace/core/wire';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

/** Runs between two pages of stages, if a test sets it. */
let betweenPages: (() => Promise<unknown>) | null = null;
/** Artifacts that are being read, and the bytes read of them. */
const opened: Readable[] = [];
let bytesRead = 0;

let deployed: DeployedApi;
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'));
  const { store, artifacts } = deployed.deps;
  const { stages } = store;
  Object.assign(store, {
    stages: async (...asked: Parameters<Store['stages']>) => {
      const page = await stages.apply(store, asked);
      if (page?.nextAfter !== null) await betweenPages?.();
      return page;
    },
  });
  const { get } = artifacts;
  artifacts.get = async (...asked) => {
    const bytes = await get.apply(artifacts, asked);
    if (bytes === null) return bytes;
    const counted = Readable.from(
      (async function* () {
        for await (const piece of bytes as AsyncIterable<Buffer>) {
          bytesRead += piece.length;
          yield piece;
        }
      })(),
    );
    opened.push(counted);
    return counted;
  };
  await deployed.register(CHAIN);
  await deployed.register(WIDE);
});
afterAll(() => deployed.end());

/** Stages side by side. */
const WIDE = `
name: wide
overlap: allow
stages:
  ${['Slow', 'slow', 'big1', 'big2', 'big3'].map((name) => `${name}: { run: { command: ["true"] }, queue: default }`).join('\n  ')}
  last: { depends_on: [Slow], run: { command: ["true"] } }
`;

type Worker = Awaited<ReturnType<DeployedApi['worker']>>;

interface Exported {
  readonly headers: Headers;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly modes: ReadonlySet<string>;
  readonly manifest: WireExportManifest;
  readonly state: Answered;
  readonly events: readonly Answered[];
}
const exported = async (runId: string, query = ''): Promise<Exported> => {
  const response = await fetch(`${deployed.url}/api/v1/runs/${runId}/export${query}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(response.status).toBe(200);
  const files = new Map<string, Buffer>();
  const modes = new Set<string>();
  const entries = extract();
  Readable.fromWeb(response.body as never).pipe(entries);
  for await (const entry of entries) {
    modes.add(`${entry.header.type} ${entry.header.mode!.toString(8)}`);
    files.set(entry.header.name, await buffer(entry));
  }
  expect([...files.keys()].at(-1)).toBe('manifest.json');
  const textOf = (path: string) => files.get(path)!.toString('utf8');
  const manifest = wireExportManifest.strict().parse(JSON.parse(textOf('manifest.json')));
  for (const { path, size, sha256 } of manifest.files)
    expect({ path, size, sha256 }).toEqual({
      path,
      size: files.get(path)!.length,
      sha256: createHash('sha256').update(files.get(path)!).digest('hex'),
    });
  return {
    headers: response.headers,
    files,
    modes,
    manifest,
    state: JSON.parse(textOf('state.json')),
    events: textOf('events.jsonl')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  };
};

/** Cancelled after its test: the next one claims stages of its own run. */
const start = async (pipeline: string): Promise<RunId> => {
  const runId = (await deployed.post(`/api/v1/pipelines/${pipeline}/runs`)).json.run_id as RunId;
  onTestFinished(async () => {
    await deployed.post(`/api/v1/runs/${runId}/cancel`, { grace: '0s' });
  });
  return runId;
};
/** Stores bytes as an artifact of the claim. */
const store = async (by: Worker, held: Claim, name: string, bytes: string, id: string) => {
  const { sha256, size } = await deployed.putArtifact(held.runId, bytes);
  await by.report(held, [{ type: 'stage.artifact', data: { id, name, sha256, size, content_type: 'text/plain' } }]);
  return sha256;
};
const fileOfArtifact = (sha256: string): string => {
  const root = join(deployed.deps.config.dataDir, 'artifacts/runs');
  return join(root, readdirSync(root, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith(sha256))!);
};

test('a run that has ended: its state, events, log of each attempt and artifacts, whatever their names', async () => {
  const runId = await start('wide');
  const by = await deployed.worker();
  const claims = new Map<string, Claim>();
  for (let n = 0; n < 5; n++) {
    const claim = await by.claim();
    claims.set(claim.stage, claim);
    if (claim.stage === 'Slow' || claim.stage === 'slow') {
      await by.log(claim, `one of ${claim.stage} · €`, '\u001b[31mred\u001b[0m');
      await by.log(claim, 'two');
      await store(by, claim, 'report.txt', `report of ${claim.stage}`, `r-${claim.stage}`);
    }
    if (claim.stage === 'Slow') {
      await store(by, claim, 'report.txt', 'again', 'r-again');
      await store(by, claim, 'REPORT.txt', 'in capitals', 'r-capitals');
      await store(by, claim, 'report.txt/part', 'below', 'r-below');
      await store(by, claim, `${'n'.repeat(200)}/${'m'.repeat(50)}`, '', 'r-long');
    }
    await by.succeed(claim, { of: claim.stage });
  }
  await by.run(1);

  const { headers, files, modes, manifest, state, events } = await exported(runId);
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/x-tar',
    'content-disposition': `attachment; filename=${runId}.tar`,
    'x-content-type-options': 'nosniff',
  });
  expect([...modes]).toEqual(['file 600']);
  const answered = (await deployed.get(`/api/v1/runs/${runId}`)).json;
  expect(state).toEqual(answered);
  expect(manifest).toMatchObject({ run_id: runId, status: 'succeeded', last_seq: state.last_seq, missing: [] });
  expect(events).toEqual((await deployed.get(`/api/v1/runs/${runId}/events?limit=500`)).json.items);
  expect(events.at(-1).seq).toBe(state.last_seq);

  const texts = [...files]
    .filter(([path]) => path.includes('/'))
    .map(([path, bytes]) => [path, bytes.toString('utf8')]);
  expect(Object.fromEntries(texts)).toEqual({
    'logs/Slow/attempt-1.log': 'one of Slow · €\n\u001b[31mred\u001b[0m\ntwo\n',
    'logs/slow/~2/attempt-1.log': 'one of slow · €\n\u001b[31mred\u001b[0m\ntwo\n',
    'artifacts/Slow/report.txt': 'report of Slow',
    'artifacts/Slow/~2/report.txt': 'again',
    'artifacts/Slow/~3/REPORT.txt': 'in capitals',
    'artifacts/Slow/~4/report.txt/part': 'below',
    [`artifacts/Slow/${'n'.repeat(200)}/${'m'.repeat(50)}`]: '',
    'artifacts/slow/~5/report.txt': 'report of slow',
  });
  expect(manifest.files.find(({ path }) => path === 'artifacts/Slow/~4/report.txt/part')).toMatchObject({
    kind: 'artifact',
    stage: 'Slow',
    attempt: 1,
    artifact_id: 'r-below',
    name: 'report.txt/part',
    content_type: 'text/plain',
  });
});

test('a run that has just begun has its events and nothing else; secrets are not in it', async () => {
  const runId = await start('chain');
  const { files, manifest, state, events } = await exported(runId);
  expect([...files.keys()]).toEqual(['state.json', 'events.jsonl', 'manifest.json']);
  expect(state).toMatchObject({ status: 'starting', last_seq: 1, stage_counts: { total: 3, ended: 0 } });
  expect(events).toHaveLength(1);
  expect(manifest).toMatchObject({ status: 'starting', last_seq: 1 });
  for (const bytes of files.values()) expect(bytes.includes('very-secret')).toBe(false);
});

test('earlier attempts are apart, and their artifacts only on demand; what a running one stored is not there yet', async () => {
  const pipeline = await deployed.register(`
name: again
overlap: allow
stages: { only: { run: { command: ["true"] }, retry: { maximum_attempts: 3, initial_interval: 1ms, jitter: 0 } } }
`);
  const runId = await start(pipeline.name);
  const by = await deployed.worker();
  const first = await by.claim();
  await by.log(first, 'first');
  await store(by, first, 'a.txt', 'of the first', 'a1');
  expect([...(await exported(runId)).files.keys()]).toContain('logs/only/attempt-1.log');
  expect([...(await exported(runId)).files.keys()]).not.toContain('artifacts/only/a.txt');
  await by.fail(first, 'it broke', true);
  const second = await by.claim();
  await by.log(second, 'second');
  await store(by, second, 'a.txt', 'of the second', 'a2');
  await by.succeed(second);

  const last = await exported(runId);
  expect(last.files.get('logs/only/attempt-1.log')!.toString()).toBe('first\n');
  expect(last.files.get('logs/only/attempt-2.log')!.toString()).toBe('second\n');
  expect(last.files.get('artifacts/only/a.txt')!.toString()).toBe('of the second');
  expect([...last.files.keys()].filter((path) => path.startsWith('earlier'))).toEqual([]);
  const all = await exported(runId, '?attempts=all');
  expect(all.manifest.attempts).toBe('all');
  expect(all.files.get('earlier-attempts/only/1/a.txt')!.toString()).toBe('of the first');
  expect(all.files.get('artifacts/only/a.txt')!.toString()).toBe('of the second');
});

test('a run that goes on while it is read is exported as of one event', async () => {
  const big = 'x'.repeat(250_000);
  const runId = await start('wide');
  const workers: Worker[] = [];
  const claims: Claim[] = [];
  for (let n = 0; n < 5; n++) {
    workers.push(await deployed.worker(`w${n}`));
    claims.push(await workers[n]!.claim());
    if (n > 1) await workers[n]!.succeed(claims[n]!, { big });
  }
  const [slow, other] = claims as [Claim, Claim];
  // Outputs of 750 kB are more than a page: meanwhile stages of the first page end, and one of the last is queued.
  let pages = 0;
  betweenPages = async () => {
    pages += 1;
    if (pages > 1) return;
    await workers[0]!.log(slow, 'while it is read');
    await store(workers[0]!, slow, 'a.txt', 'stored meanwhile', 'meanwhile');
    await workers[0]!.succeed(slow, { ended: 'while it is read' });
    await workers[1]!.fail(other, 'failed meanwhile');
  };
  const { state, events, files } = await exported(runId).finally(() => (betweenPages = null));
  expect(pages).toBeGreaterThan(0);
  wireRun.strict().parse(state);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: state.last_seq }, (_, n) => n + 1));
  expect(state.stages.map(({ stage, status, output }: Answered) => [stage, status, output?.ended])).toEqual([
    ['Slow', 'succeeded', 'while it is read'],
    ['slow', 'failed', undefined],
    ['big1', 'succeeded', undefined],
    ['big2', 'succeeded', undefined],
    ['big3', 'succeeded', undefined],
    ['last', state.stages[5].status, undefined],
  ]);
  expect(files.get('artifacts/Slow/a.txt')!.toString()).toBe('stored meanwhile');
  expect(files.get('logs/Slow/attempt-1.log')!.toString()).toBe('while it is read\n');

  // What the log up to that event says is what the state says.
  const pipeline = (await deployed.store.pipeline('wide' as never))!;
  const log = (await deployed.store.events(runId, { afterSeq: 0, limit: 500 }))!.slice(0, state.last_seq);
  const folded = evolveRun(foldRun(pipeline, log), []);
  const stages = folded.stages.map((stage, place) => ({ ...stage, output: state.stages[place].output }));
  expect(state.stages).toEqual(
    toWireStagePage({
      run: { ...folded, params: {}, retries: [], stageCounts: state.stage_counts },
      items: stages,
      nextAfter: null,
    }).items,
  );
  expect(state.status).toBe(folded.status);
});

test('artifacts that are gone or damaged are named, and the rest is there', async () => {
  const runId = await start('wide');
  const by = await deployed.worker();
  const claim = await by.claim();
  const gone = await store(by, claim, 'gone.txt', 'soon gone', 'g');
  const cut = await store(by, claim, 'cut.txt', 'soon cut short', 'c');
  const damaged = await store(by, claim, 'damaged.txt', 'soon damaged', 'd');
  await store(by, claim, 'kept.txt', 'kept', 'k');
  await by.succeed(claim);
  rmSync(fileOfArtifact(gone));
  for (const [sha256, bytes] of [
    [cut, 'soon'],
    [damaged, 'soon DAMAGED'],
  ] as const) {
    const path = fileOfArtifact(sha256);
    rmSync(path);
    writeFileSync(path, bytes);
  }
  const { manifest, files } = await exported(runId);
  const at = { stage: 'Slow', generation: 1, attempt: 1 };
  expect(manifest.missing).toEqual([
    { artifact_id: 'g', ...at, name: 'gone.txt', size: 9, sha256: gone, reason: 'gone' },
    { artifact_id: 'c', ...at, name: 'cut.txt', size: 14, sha256: cut, reason: 'gone' },
    {
      artifact_id: 'd',
      ...at,
      name: 'damaged.txt',
      size: 12,
      sha256: damaged,
      reason: 'damaged',
      path: 'artifacts/Slow/damaged.txt',
    },
  ]);
  expect(manifest.files.map(({ path }) => path)).toEqual(['state.json', 'events.jsonl', 'artifacts/Slow/kept.txt']);
  expect(files.get('artifacts/Slow/kept.txt')!.toString()).toBe('kept');
});

/** An export whose answer is not read. */
const unread = async (runId: string): Promise<IncomingMessage> => {
  const request = httpGet(`${deployed.url}/api/v1/runs/${runId}/export`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    agent: false,
  });
  request.on('error', () => {});
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer.on('error', () => {});
};

test('a client sets the pace; one that goes away ends the reading, and frees its place', async () => {
  const SIZE = 64 * 1024 * 1024;
  const runId = await start('wide');
  const by = await deployed.worker();
  const claim = await by.claim();
  await store(by, claim, 'large.bin', 'x'.repeat(SIZE), 'l');
  await by.succeed(claim);
  opened.length = 0;
  bytesRead = 0;
  const clients = await Promise.all(Array.from({ length: 4 }, () => unread(runId)));
  const refused = await deployed.get(`/api/v1/runs/${runId}/export`);
  expect(refused.json).toMatchObject({ status: 429, code: 'rate_limited' });
  expect(refused.headers.get('retry-after')).not.toBeNull();
  await waitFor(() => opened.length === 4, { what: 'four exports to be under way' });
  // What the kernel and the streams hold is far from all of it.
  expect(bytesRead).toBeLessThan(SIZE);
  for (const answer of clients) answer.destroy();
  await waitFor(() => opened.every(({ destroyed }) => destroyed), { what: 'the reading to end' });
  expect(bytesRead).toBeLessThan(SIZE * 2);
  const { manifest } = await exported(runId);
  expect(manifest.files.at(-1)).toMatchObject({ path: 'artifacts/Slow/large.bin', size: SIZE });
  expect(readdirSync(join(deployed.deps.config.dataDir, 'artifacts/tmp'))).toEqual([]);
});

test('refusals come before the first byte; HEAD gets the headers', async () => {
  const runId = await start('wide');
  const path = `/api/v1/runs/${runId}/export`;
  expect((await deployed.get(path, { token: null })).status).toBe(401);
  expect((await deployed.get('/api/v1/runs/nope/export')).json).toMatchObject({ status: 404, code: 'unknown_run' });
  expect((await deployed.get(`${path}?attempts=some`)).json).toMatchObject({
    status: 422,
    errors: [{ path: 'query.attempts' }],
  });
  const head = await deployed.call('HEAD', path);
  expect([head.status, head.text, head.headers.get('content-type')]).toEqual([200, '', 'application/x-tar']);
  // A data folder in which nothing can be written: a file is in its place.
  const { dataDir } = deployed.deps.config;
  const folder = join(dataDir, 'artifacts/tmp');
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(folder, '');
  expect((await deployed.get(path)).json).toMatchObject({ status: 503, code: 'overloaded' });
  rmSync(folder);
  expect((await deployed.get(path)).status).toBe(200);
  expect(existsSync(folder)).toBe(true);
});
