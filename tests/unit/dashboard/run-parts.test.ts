import type { Run } from '@millrace/core/domain';
import { describe, expect, test } from 'vitest';
import { previewKind } from '../../../apps/dashboard/src/parts/artifacts/preview-kind.ts';
import { columnsOf, formatValue, toSeries } from '../../../apps/dashboard/src/screens/run/details/metric-series.ts';
import { chooseAttempt } from '../../../apps/dashboard/src/screens/run/logs/choose-attempt.ts';
import { readNdjson } from '../../../apps/dashboard/src/screens/run/logs/read-ndjson.ts';

describe('whose log is shown', () => {
  const stage = (name: string, status: string, attempt: number, startedAt: number | null) => ({
    stage: name,
    status,
    attempt,
    startedAt,
  });
  const run = (error: unknown, ...stages: readonly unknown[]) => ({ error, stages }) as unknown as Run;
  const nothing = {};

  test('what the address names; its newest attempt when it names none', () => {
    const given = run(null, stage('a', 'succeeded', 3, 1), stage('b', 'pending', 0, null));
    expect(chooseAttempt(given, { stage: 'a', attempt: 2 })).toEqual({ stage: 'a', attempt: 2 });
    expect(chooseAttempt(given, { stage: 'a' })).toEqual({ stage: 'a', attempt: 3 });
    expect(chooseAttempt(given, { stage: 'b' })).toEqual({ stage: 'b', attempt: 1 });
    expect(chooseAttempt(given, { stage: 'nowhere' })).toEqual({ stage: 'a', attempt: 3 });
  });

  test('else what failed, what runs, what ran last', () => {
    const done = stage('a', 'succeeded', 1, 1);
    expect(
      chooseAttempt(
        run({ stage: 'b', attempt: 2 }, done, stage('b', 'failed', 2, 2), stage('c', 'running', 1, 3)),
        nothing,
      ),
    ).toEqual({
      stage: 'b',
      attempt: 2,
    });
    expect(
      chooseAttempt(run(null, done, stage('b', 'running', 1, 2), stage('c', 'succeeded', 1, 3)), nothing)?.stage,
    ).toBe('b');
    expect(chooseAttempt(run(null, done, stage('b', 'succeeded', 1, 2)), nothing)?.stage).toBe('b');
    expect(chooseAttempt(run(null, stage('a', 'queued', 0, null)), nothing)).toBeNull();
  });
});

test('how an artifact is shown: by type, by name where the type says little', () => {
  const kinds = (...pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([content_type, name]) => previewKind({ content_type, name }));
  expect(
    kinds(
      ['text/html; charset=utf-8', 'x'],
      ['image/svg+xml', 'x'],
      ['image/tiff', 'x'],
      ['text/plain', 'a.csv'],
      ['text/plain', 'a'],
      ['application/ld+json', 'x'],
      ['audio/wav', 'x'],
      ['video/mp4; codecs=avc1', 'x'],
    ),
  ).toEqual(['html', 'image', 'none', 'csv', 'text', 'json', 'audio', 'video']);
  expect(
    kinds(['application/octet-stream', 'a.json'], ['application/octet-stream', 'a.html'], ['application/pdf', 'a.txt']),
  ).toEqual(['json', 'none', 'none']);
});

describe('metrics', () => {
  const report = (at: number, data: Record<string, unknown>, stage = 'a') =>
    ({ stage, timestamp: new Date(at).toISOString(), data }) as never;

  test('are series by stage and name; what is no number is passed over', () => {
    const [rows, other] = toSeries([
      report(1_000, { name: 'rows', value: 1 }),
      report(2_000, { name: 'rows', value: 3, unit: 'k' }),
      report(2_000, { name: 'rows', value: 'x' }),
      report(3_000, { name: 'rows', value: 9 }, 'b'),
    ]);
    expect(rows).toEqual({ stage: 'a', name: 'rows', unit: 'k', times: [1, 2], values: [1, 3] });
    expect(other?.stage).toBe('b');
  });

  test('as a line keep the peaks of many points', () => {
    const values = Array.from({ length: 5_000 }, (_, at) => (at === 2_520 ? 100 : at === 1_000 ? -100 : 0));
    const points = columnsOf(
      values.map((_, at) => at),
      values,
      100,
    );
    expect(points.length).toBeLessThanOrEqual(200);
    expect(points.some(({ y }) => y === 1)).toBe(true);
    expect(points.some(({ y }) => y === 0)).toBe(true);
  });

  test('as a line stay in the square, also when they do not change or came at once', () => {
    expect(columnsOf([1, 2], [5, 5], 100)).toEqual([
      { x: 0, y: 0.5 },
      { x: 1, y: 0.5 },
    ]);
    expect(columnsOf([7, 7, 7], [1, 2, 3], 100).map(({ x }) => x)).toEqual([0, 0.5, 1]);
  });

  test('are written so that they can be told apart', () => {
    expect([0.00012345, 8.25, 1234567.89, 1e21].map(formatValue)).toEqual([
      '0.0001235',
      '8.25',
      '1,234,567.9',
      '1.000e+21',
    ]);
  });
});

test('JSON lines are read whole, however the stream is cut', async () => {
  const bytes = new TextEncoder().encode('{"a":"é"}\n{"a":2}\n\n{"a":3}');
  const cut = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const read: unknown[] = [];
  await readNdjson(cut, (items) => read.push(...items));
  expect(read).toEqual([{ a: 'é' }, { a: 2 }, { a: 3 }]);
});
