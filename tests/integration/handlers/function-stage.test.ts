import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { FsArtifactStore } from '@millrace/core/artifacts';
import type { StageContext } from '@millrace/core/definition';
import { MillraceError, NonRetryableError, RetryableError } from '@millrace/core/domain';
import { StopSwitch } from '@millrace/core/handlers';
import type { Report } from '@millrace/core/ports';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { attempt, removeTemporaryFolders, temporaryFolder } from './attempt-fixture.ts';

afterEach(removeTemporaryFolders);
const run = (
  handler: (ctx: StageContext) => unknown,
  stage: Record<string, unknown> = {},
  options: Parameters<typeof attempt>[1] = {},
) => attempt({ run: async (ctx: StageContext) => handler(ctx), ...stage }, options);
/** Breaks the stream once it is being read. */
const tick = (stream: Readable) =>
  new Promise<void>((resolve) => setImmediate(() => resolve(void stream.destroy(new Error('cut')))));
/** A handler that only its signal ends. */
const untilAborted = (ctx: StageContext) =>
  new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));

describe('outcome', () => {
  test.each<[string, (ctx: StageContext) => unknown, unknown]>([
    [
      'what it returns',
      (ctx) => ({ rows: 1, run: ctx.runId, key: ctx.idempotencyKey, attempt: ctx.attempt }),
      {
        kind: 'succeeded',
        outputJson:
          '{"rows":1,"run":"01890000-0000-7000-8000-000000000001","key":"01890000-0000-7000-8000-000000000001.only.1","attempt":2}',
      },
    ],
    ['nothing is null', () => undefined, { kind: 'succeeded', outputJson: 'null' }],
    [
      'an error by its name',
      () => {
        throw new TypeError('boom');
      },
      { kind: 'failed', error: { code: 'TypeError', message: 'boom' }, retryable: true },
    ],
    [
      'final',
      () => {
        throw new NonRetryableError('never');
      },
      { kind: 'failed', error: { code: 'NonRetryableError', message: 'never' }, retryable: false },
    ],
    [
      'later',
      () => {
        throw new RetryableError('busy', { after: '30s' });
      },
      { kind: 'failed', error: { code: 'RetryableError', message: 'busy' }, retryable: true, afterMs: 30_000 },
    ],
    [
      'a text is thrown',
      () => {
        throw 'oops';
      },
      { kind: 'failed', error: { code: 'NonError', message: 'the handler threw oops' }, retryable: true },
    ],
    [
      'nothing is thrown',
      () => {
        throw undefined;
      },
      { kind: 'failed', error: { code: 'NonError', message: 'the handler threw undefined' }, retryable: true },
    ],
    [
      'one of ours',
      () => {
        throw new MillraceError('store_full', 'no room');
      },
      { kind: 'failed', error: { code: 'store_full', message: 'no room' }, retryable: true },
    ],
    [
      'not JSON',
      () => 1n,
      {
        kind: 'failed',
        error: {
          code: 'invalid_output',
          message: expect.stringContaining('output: 1 cannot be kept exactly: send it as a text'),
        },
        retryable: true,
      },
    ],
    [
      'too large',
      () => 'x'.repeat(262_145),
      {
        kind: 'failed',
        error: { code: 'output_too_large', message: expect.stringContaining('output_bytes') },
        retryable: false,
      },
    ],
  ])('%s', async (_name, handler, expected) => {
    expect(await (await run(handler)).outcome).toEqual(expected);
  });

  test('errors that the policy excepts, by name or by code', async () => {
    const fail = () => {
      throw Object.assign(new RangeError('x'), { code: 'ECONNREFUSED' });
    };
    expect(await (await run(fail, { retry: { nonRetryableErrors: ['ECONNREFUSED'] } })).outcome).toMatchObject({
      retryable: false,
    });
    expect(await (await run(fail, { retry: { nonRetryableErrors: ['RangeError'] } })).outcome).toMatchObject({
      retryable: false,
    });
    expect(await (await run(fail, { retry: { nonRetryableErrors: ['Other'] } })).outcome).toMatchObject({
      retryable: true,
    });
  });

  test('what is behind an error is in its message, its log and what the policy may except', async () => {
    const refused = (port: number) =>
      Object.assign(new Error(`connect ECONNREFUSED ::1:${port}`), { code: 'ECONNREFUSED' });
    const fail = () => {
      const cause = Object.assign(new AggregateError([refused(1), refused(2)], ''), { code: 'ECONNREFUSED' });
      throw new TypeError('fetch failed', { cause });
    };
    const trial = await run(fail, { retry: { nonRetryableErrors: ['ECONNREFUSED'] } });
    expect(await trial.outcome).toEqual({
      kind: 'failed',
      error: {
        code: 'TypeError',
        message: 'fetch failed: ECONNREFUSED: connect ECONNREFUSED ::1:1: connect ECONNREFUSED ::1:2',
      },
      retryable: false,
    });
    expect(trial.lines('err').filter((line) => line.startsWith('caused by: '))).toHaveLength(3);
  });

  test.each<[string, () => unknown, string]>([
    ['a stack that is no text', () => Object.assign(new Error('odd'), { stack: 7 }), 'odd'],
    [
      'a message that is no text',
      () => Object.assign(new Error(), { message: { why: 1 }, name: Symbol('x') }),
      '{"why":1}',
    ],
    [
      'getters that throw',
      () =>
        Object.defineProperty(new Error('x'), 'message', {
          get: () => {
            throw new Error('no');
          },
        }),
      'Error without a message',
    ],
    [
      'a cause that leads back',
      () => {
        const error = new Error('round');
        return Object.assign(error, { cause: error });
      },
      'round',
    ],
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
      'the handler threw a value that cannot be shown',
    ],
    ['what a terminal would obey', () => new Error('\u001b]52;c;aGk=\u0007red\u001b[31m \ud800'), 'red \ufffd'],
  ])('whatever is thrown is told: %s', async (_name, make, message) => {
    const trial = await run(() => {
      throw make();
    });
    expect(await trial.outcome).toMatchObject({ kind: 'failed', error: { message }, retryable: true });
  });

  test('a schema gives its defaults; what it does not allow fails with paths', async () => {
    const output = {
      type: 'object',
      required: ['rows'],
      properties: { rows: { type: 'integer' }, note: { type: 'string', default: 'none' } },
    };
    expect(await (await run(() => ({ rows: 1, more: true }), { output })).outcome).toEqual({
      kind: 'succeeded',
      outputJson: '{"rows":1,"note":"none","more":true}',
    });
    expect(await (await run(() => ({ note: 1 }), { output })).outcome).toMatchObject({
      error: {
        code: 'invalid_output',
        message: 'output.note: Invalid input: expected string, received number; output.rows: is required',
      },
    });
  });

  test('inputs that did not come with the claim are read', async () => {
    const trial = await run((ctx) => ctx.inputs, {}, { claim: { inputs: null } });
    expect(await trial.outcome).toEqual({ kind: 'succeeded', outputJson: '{}' });
  });
});

describe('reports', () => {
  test('keep their order, and are all recorded before the outcome', async () => {
    const trial = await run(async (ctx) => {
      ctx.log('one\ntwo');
      ctx.progress(0.5, 'half');
      ctx.metric('rows', 3, 'rows');
      await ctx.writeLines('err', ['three']);
      ctx.progress(7);
      await ctx.artifact('report.txt', 'hello', { contentType: 'text/plain' });
      ctx.log('four');
    });
    await trial.outcome;
    expect(
      trial.events.map(({ type, data }) => [
        type,
        type === 'stage.log' ? (data['lines'] as { t: string }[]).map(({ t }) => t) : data,
      ]),
    ).toEqual([
      ['stage.log', ['one', 'two']],
      ['stage.progress', { fraction: 0.5, message: 'half' }],
      ['stage.metric', { name: 'rows', value: 3, unit: 'rows' }],
      ['stage.log', ['three']],
      ['stage.progress', { fraction: 1 }],
      [
        'stage.artifact',
        expect.objectContaining({ id: 'only.1.2.1', name: 'report.txt', size: 5, content_type: 'text/plain' }),
      ],
      ['stage.log', ['four']],
    ]);
  });

  test('beyond attempt_log_bytes the middle is counted in one line, and the last lines are kept', async () => {
    const trial = await run((ctx) => {
      for (let i = 0; i < 12_000; i++) ctx.log(`${i} ${'x'.repeat(1_000)}`);
      ctx.metric('rows', 1);
      ctx.log('out of money');
    });
    await trial.outcome;
    const lines = trial.lines();
    expect(lines.length).toBeLessThan(10_500);
    expect(lines.at(-1)).toBe('out of money');
    const hole = lines.findIndex((line) => line.includes('were dropped'));
    const [, dropped] = /^(\d+) lines or metrics \(\d+ bytes\) were dropped: the limit attempt_log_bytes/.exec(
      lines[hole]!,
    )!;
    // One metric was dropped besides; every line but the notice is in order.
    expect(lines.length - 1 + Number(dropped) - 1).toBe(12_001);
    expect(lines.slice(hole + 1, -1).map((line) => Number(line.split(' ')[0]))).toEqual(
      Array.from({ length: lines.length - hole - 2 }, (_, i) => i + 12_000 - (lines.length - hole - 2)),
    );
    for (const event of trial.events) expect(Buffer.byteLength(JSON.stringify(event.data))).toBeLessThan(16 * 1_024);
  });

  test('reports are retried while the store is down, and nothing is lost', async () => {
    const events: Report[] = [];
    let calls = 0;
    const report = async (_claim: unknown, reported: readonly Report[]) => {
      if (++calls <= 2) throw new MillraceError('store_unavailable', 'away');
      events.push(...reported);
      return 'ok' as const;
    };
    const trial = await run((ctx) => ctx.log('kept'), {}, { services: { report } });
    expect(await trial.outcome).toMatchObject({ kind: 'succeeded' });
    expect(events.map((event) => 'data' in event && event.data)).toEqual([{ lines: [{ s: 'log', t: 'kept' }] }]);
  });

  test('a fenced report stops the handler', async () => {
    let reason: unknown;
    const trial = await run(
      async (ctx) => {
        ctx.log('late');
        await untilAborted(ctx).catch((why: unknown) => (reason = why));
      },
      {},
      { services: { report: async () => 'fenced' } },
    );
    await trial.outcome;
    expect(reason).toMatchObject({ kind: 'fenced' });
  });

  test('a checkpoint is kept once it settles; of several at once the newest, behind what was reported before', async () => {
    const sent: (readonly Report[])[] = [];
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const report = async (_claim: unknown, reports: readonly Report[]) => {
      sent.push(structuredClone(reports));
      if (sent.length === 1) await gate;
      return 'ok' as const;
    };
    const kept: number[] = [];
    const trial = await run(
      async (ctx) => {
        const own = { n: 0 };
        const first = ctx.checkpoint(own).then(() => kept.push(0));
        own.n = 99;
        await new Promise((resolve) => setImmediate(resolve));
        const more = [1, 2, 3].map((n) => {
          ctx.progress(n / 4);
          return ctx.checkpoint({ n }).then(() => kept.push(n));
        });
        expect(kept).toEqual([]);
        letGo();
        await Promise.all([first, ...more]);
        ctx.heartbeat({ n: 4 });
        return ctx.lastCheckpoint;
      },
      {},
      { services: { report }, claim: { checkpointJson: '{"n":-1}' } },
    );
    expect(await trial.outcome).toEqual({ kind: 'succeeded', outputJson: '{"n":-1}' });
    expect(kept).toEqual([0, 1, 2, 3]);
    const flat = sent.map((reports) => reports.map((one) => (one.type === 'checkpoint' ? one.json : one.type)));
    expect(flat).toEqual([['{"n":0}'], ['stage.progress', 'stage.progress', 'stage.progress', '{"n":3}'], ['{"n":4}']]);
  });

  test('a checkpoint that cannot be kept is refused with its path or its limit', async () => {
    const trial = await run(async (ctx) => {
      await ctx.checkpoint({ a: [new Map()] });
    });
    expect(await trial.outcome).toMatchObject({
      kind: 'failed',
      retryable: true,
      error: { code: 'invalid_checkpoint', message: expect.stringContaining('checkpoint.a.0: is a Map') },
    });
    const long = await run(async (ctx) => {
      await ctx.checkpoint('x'.repeat(70_000));
    });
    expect(await long.outcome).toMatchObject({
      kind: 'failed',
      retryable: false,
      error: {
        code: 'checkpoint_too_large',
        message: expect.stringContaining('the limit checkpoint_bytes is 65536'),
      },
    });
    expect(long.checkpoints).toEqual([]);
    const thrown = await run((ctx) => ctx.heartbeat(undefined) ?? ctx.heartbeat(10n));
    expect(await thrown.outcome).toMatchObject({ kind: 'failed', error: { code: 'invalid_checkpoint' } });
  });

  test('a fenced checkpoint rejects with why the attempt is lost, and harms nobody who does not wait for it', async () => {
    const FENCED = { kind: 'fenced' };
    for (const waits of [true, false]) {
      let reason: unknown;
      let answer = (): void => {};
      const answered = new Promise<void>((resolve) => (answer = resolve));
      const trial = await run(
        async (ctx) => {
          const sent = ctx.checkpoint(1);
          await new Promise((resolve) => setImmediate(resolve));
          const queued = ctx.checkpoint(2);
          answer();
          if (waits) await Promise.all([sent, queued].map((one) => expect(one).rejects.toMatchObject(FENCED)));
          if (waits) await queued.catch((why: unknown) => (reason = why));
          else await untilAborted(ctx).catch((why: unknown) => (reason = why));
        },
        {},
        { services: { report: () => answered.then(() => 'fenced' as const) } },
      );
      await trial.outcome;
      expect(reason).toMatchObject(FENCED);
    }
  });

  test('a checkpoint counts as a heartbeat', async () => {
    const trial = await run(
      async (ctx) => {
        // Longer than the limit in all, and far from it each.
        for (let n = 0; n < 24; n++) {
          await ctx.checkpoint(n);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
      { heartbeatTimeout: '1s' },
    );
    expect(await trial.outcome).toMatchObject({ kind: 'succeeded' });
  });

  test('artifacts of every kind; names that could lead elsewhere are refused', async () => {
    const trial = await run(async (ctx) => {
      const metas = [
        await ctx.artifact('bytes', new Uint8Array([0, 255])),
        await ctx.artifact('stream', Readable.from(['a', 'b'])),
        await ctx.artifact('a/b', ''),
      ];
      const refused: string[] = [];
      for (const name of ['', '../x', '/x', 'a/../b', 'a\\b', 'a\0b', 'x'.repeat(256), 'a//b'])
        await ctx.artifact(name, '').catch((error: { code: string }) => refused.push(error.code));
      return { digests: metas.map(({ sha256 }) => sha256), refused };
    });
    const { digests, refused } = JSON.parse(((await trial.outcome) as { outputJson: string }).outputJson) as {
      digests: string[];
      refused: string[];
    };
    expect(refused).toEqual(Array(8).fill('invalid_artifact'));
    expect([...(await trial.bytesOf(digests[0]!))]).toEqual([0, 255]);
    expect(String(await trial.bytesOf(digests[1]!))).toBe('ab');
  });

  test('an artifact of this run can be read back by what storing it returned, and nothing else', async () => {
    const trial = await run(async (ctx) => {
      const meta = await ctx.artifact('scene', 'kept bytes');
      const refused: unknown[] = [];
      for (const wrong of [{ sha256: '0'.repeat(64) }, { size: 3 }, { sha256: '../../../etc/hostname' }])
        await ctx.readArtifact({ ...meta, ...wrong }).catch(({ code, message }) => refused.push([code, message]));
      return { read: String(await buffer(await ctx.readArtifact(meta))), refused };
    });
    const refusal = ['artifact_unreadable', expect.stringMatching(/^artifact "scene": this run has no \d+ bytes/)];
    expect(JSON.parse(((await trial.outcome) as { outputJson: string }).outputJson)).toEqual({
      read: 'kept bytes',
      refused: [refusal, refusal, refusal],
    });
  });

  test('an artifact that cannot be read fails the attempt with its name, once; a handler may catch it', async () => {
    const dir = await temporaryFolder();
    await mkdir(join(dir, 'folder'));
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    const late = () => new Readable({ read: () => {} });
    const broken = late();
    const read = Readable.from(['x']);
    await buffer(read);
    const closed = late();
    closed.destroy();
    const cases: readonly [unknown, string, RegExp][] = [
      [{ file: 'reprot.csv' }, 'artifact_unreadable', /"a": the file .*reprot\.csv: ENOENT/],
      [{ file: 'folder' }, 'artifact_unreadable', /folder is not a regular file/],
      [{ file: 'pipe' }, 'artifact_unreadable', /pipe is not a regular file/],
      [{ file: '/dev/zero' }, 'artifact_unreadable', /zero is not a regular file/],
      [{ file: 'folder/x/y' }, 'artifact_unreadable', /ENOENT/],
      [{ file: '/etc/hostname/x' }, 'artifact_unreadable', /ENOTDIR/],
      [{ file: 'a\0b' }, 'invalid_artifact', /must be a string, bytes, a stream/],
      [{ file: 3 }, 'invalid_artifact', /must be a string, bytes, a stream/],
      [undefined, 'invalid_artifact', /must be a string, bytes, a stream/],
      [Readable.from([{ a: 1 }]), 'artifact_unreadable', /neither strings nor bytes/],
      [read, 'invalid_artifact', /already read or closed/],
      [closed, 'invalid_artifact', /already read or closed/],
    ];
    for (const [content, code, message] of cases)
      expect(await (await run((ctx) => ctx.artifact('a', content as never), {}, { dir })).outcome).toEqual({
        kind: 'failed',
        error: { code, message: expect.stringMatching(message) },
        retryable: false,
      });
    // Streams that break before they are read, while they are read, and after storing them was refused.
    const outcome = await run(
      async (ctx) => {
        const missing = createReadStream(join(dir, 'missing'));
        const refused = createReadStream(join(dir, 'missing-too'));
        const caught = await Promise.allSettled([
          ctx.artifact('m', missing),
          ctx.artifact('../m', refused),
          ctx.artifact('half \ud800', 'x'),
          ctx.artifact('b', broken),
          tick(broken),
        ]);
        return caught.map((one) => (one as { reason?: Error }).reason?.message ?? null);
      },
      {},
      { dir },
    );
    expect(JSON.parse(((await outcome.outcome) as { outputJson: string }).outputJson)).toEqual([
      expect.stringContaining('ENOENT'),
      expect.stringContaining('cannot name an artifact'),
      expect.stringContaining('cannot name an artifact'),
      'cut',
      null,
    ]);
  });

  test('what the artifacts folder refuses is said by its errno, with the folder', async () => {
    const store = new FsArtifactStore('/dev/full/artifacts');
    expect(
      await (await run((ctx) => ctx.artifact('a', 'x'), {}, { services: { artifacts: store } })).outcome,
    ).toMatchObject({
      error: { code: 'ENOTDIR', message: expect.stringContaining('cannot be stored in /dev/full/artifacts: ENOTDIR') },
      retryable: true,
    });
  });

  test('an artifact that is not awaited is stored all the same; one that hangs ends with the attempt', async () => {
    const trial = await run((ctx) => void ctx.artifact('late', Readable.from(['a', 'b'])));
    expect(await trial.outcome).toMatchObject({ kind: 'succeeded' });
    expect(trial.events.map(({ type }) => type)).toEqual(['stage.artifact']);
    const endless = new Readable({ read: () => {} });
    const hanging = await run((ctx) => ctx.artifact('never', endless), { timeout: 60, grace: 20 });
    expect(await hanging.outcome).toMatchObject({ error: { code: 'timed_out' } });
    expect(endless.destroyed).toBe(true);
  });

  test('values that have no text are logged as what they are, and never throw', async () => {
    const cyclic: Record<string, unknown> = { n: 1n };
    cyclic['self'] = cyclic;
    const hostile = {
      get x() {
        throw new Error('getter');
      },
      toString: () => {
        throw new Error('no text');
      },
    };
    const untold = new Proxy(hostile, {
      get: () => {
        throw new Error('trap');
      },
    });
    const values = [cyclic, hostile, untold, Object.create(null), Symbol('s'), 7n, undefined];
    const trial = await run(async (ctx) => {
      for (const value of values) ctx.log(value as string);
      ctx.progress(0.5, hostile as never);
      ctx.metric('m', 1, untold as never);
      await ctx.writeLines('out', values as never);
    });
    expect(await trial.outcome).toMatchObject({ kind: 'succeeded' });
    expect(trial.lines('log').join('\n')).toMatch(/n: 1n[^]*\[Circular[^]*Symbol\(s\)\n7\nundefined/);
    for (const [output, message] of [
      [cyclic, /the output has no JSON form/],
      [hostile, /the output has no JSON form: getter/],
      [
        {
          toJSON: () => {
            throw null;
          },
        },
        /the output has no JSON form: null/,
      ],
    ] as const)
      expect(await (await run(() => output)).outcome).toMatchObject({
        error: { code: 'invalid_output', message: expect.stringMatching(message) },
      });
  });
});

describe('stopping', () => {
  test('a handler that hears its signal ends at once; one that does not is given its grace', async () => {
    for (const handler of [untilAborted, () => new Promise(() => {})]) {
      const trial = await run(handler, { grace: 50 });
      trial.abort({ kind: 'cancelled', reason: 'enough', graceMs: null });
      expect(await trial.outcome).toEqual({ kind: 'cancelled', reason: 'enough' });
    }
  });

  test('an attempt that is cancelled before it begins runs nothing', async () => {
    const handler = vi.fn();
    const control = new StopSwitch();
    control.stop({ kind: 'cancelled', reason: 'early', graceMs: null });
    const trial = await run(handler, {}, { services: { control } });
    expect(await trial.outcome).toEqual({ kind: 'cancelled', reason: 'early' });
    expect(handler).not.toHaveBeenCalled();
  });

  test('timeouts: of the attempt, of silence, of all attempts (which no retry can help)', async () => {
    expect(await (await run(untilAborted, { timeout: 60 })).outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'timed_out' },
      retryable: true,
    });
    expect(await (await run(untilAborted, { heartbeatTimeout: 60 })).outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'heartbeat_lost' },
      retryable: true,
    });
    expect(
      await (await run(untilAborted, {}, { claim: { startedAt: 1_000, stageDeadline: 1_060 } })).outcome,
    ).toMatchObject({
      kind: 'failed',
      error: { code: 'timed_out' },
      retryable: false,
    });
  });

  test('a result that comes after the time is late, also when the event loop was too busy to say so', async () => {
    const trial = await run(
      () => {
        const end = performance.now() + 80;
        while (performance.now() < end);
        return 'late';
      },
      { timeout: 40 },
    );
    expect(await trial.outcome).toMatchObject({ kind: 'failed', error: { code: 'timed_out' } });
  });

  test('a stop after the end reaches neither the handler nor its signal', async () => {
    const signals: AbortSignal[] = [];
    const trial = await run(({ signal }) => void signals.push(signal), { timeout: '1h' });
    expect(await trial.outcome).toMatchObject({ kind: 'succeeded' });
    trial.abort({ kind: 'cancelled', reason: 'too late', graceMs: null });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  test('a handler that first asks for its signal after the stop finds it aborted', async () => {
    const control = new StopSwitch();
    const found: boolean[] = [];
    const handler = (ctx: StageContext) => {
      control.stop({ kind: 'cancelled', reason: 'enough', graceMs: null });
      found.push(ctx.signal.aborted);
      ctx.signal.throwIfAborted();
    };
    const trial = await run(handler, {}, { services: { control } });
    expect(await trial.outcome).toEqual({ kind: 'cancelled', reason: 'enough' });
    expect(found).toEqual([true]);
  });

  test('output of a handler after the end of its attempt is not recorded', async () => {
    let late = () => {};
    const trial = await run((ctx) => void (late = () => ctx.log('x'.repeat(13_000))));
    await trial.outcome;
    late();
    // A log of that size would be sent within the tick.
    await new Promise((resolve) => setImmediate(resolve));
    expect(trial.lines()).toEqual([]);
  });
});
