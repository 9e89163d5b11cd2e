/** The bench itself: with small counts it prints every figure; a test does not judge the figures. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../bench/main.mjs', import.meta.url));
/** A bench that hangs is stopped, and the failure shows how far it came. */
const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, ...args], { maxBuffer: 2 ** 24, timeout: 600_000 });

interface Figure {
  unit: string;
  millrace: { median: number; min: number; max: number };
  bullmq_flows: { median: number } | null;
  ratio_to_flows: { median: number } | null;
}
interface Document {
  machine: Record<string, unknown>;
  rows: Record<
    string,
    {
      figures?: Record<string, Figure>;
      dags?: { name: string; stages: number; in_order: boolean; ratio: { median: number } }[];
    }
  >;
}

test('--quick --json: one document, each figure with ours, and bare BullMQ and the ratio where it has one', {
  timeout: 660_000,
}, async () => {
  const { stdout } = await bench('--quick', '--json').catch((error: { message: string; stderr: string }) => {
    throw new Error(`${error.message}\n${error.stderr}`);
  });
  const { machine, rows } = JSON.parse(stdout) as Document;
  expect(machine).toMatchObject({ redis_fsync: 'everysec', node: process.version });
  expect(Object.keys(rows).join(' ')).toBe(
    'throughput round_trips idle backlog dags join worst_script http_starts seen_runs open_loop fibo shapes stencil sockets',
  );
  expect(rows['seen_runs']).toMatchObject({ published_p50_ms: { Restate: 4.1 } });
  expect(rows['stencil']).toMatchObject({ in_order: true });
  const figures = Object.assign({}, ...Object.values(rows).map((row) => row.figures ?? {})) as Record<string, Figure>;
  // Too few grains for a METG.
  const { stencil_metg_50_ms: metg, ...finite } = figures;
  expect(metg).toBeDefined();
  for (const [name, { millrace }] of Object.entries(finite)) expect(Number.isFinite(millrace?.median), name).toBe(true);
  for (const name of [
    'runs_per_s',
    'redis_cpu_us_per_run',
    'whole_run_p50_ms',
    'whole_run_p99_ms',
    'hand_off_p50_ms',
    'join_p50_ms',
    'fibo_long_handing_ms',
    'fibo_short_waiting_ms',
    'chain_step',
    'fan_out_last_part',
    'bytes_per_queued_run',
    'bytes_per_finished_run',
  ]) {
    expect(figures[name]?.bullmq_flows?.median, name).toBeGreaterThan(0);
    expect(figures[name]?.ratio_to_flows?.median, name).toBeGreaterThan(0);
  }
  for (const name of [
    'feed_to_socket_p50_ms',
    'redis_calls_per_start',
    'open_loop_50_p99_ms',
    'sockets_api_cpu_percent',
  ])
    expect(figures[name], name).toBeDefined();
  expect(rows['dags']!.dags).toContainEqual(expect.objectContaining({ name: 'diamond', stages: 4, in_order: true }));
});

test('a row that is not there, and rounds that are no number, are refused', async () => {
  await expect(bench('--only', 'latency')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no row "latency"'),
  });
  await expect(bench('--rounds', 'many')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--rounds'),
  });
  await expect(bench('--before', '/nowhere')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--before'),
  });
  await expect(bench('--fast')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--fast') });
});

test('--help says every option and row', async () => {
  const { stdout } = await bench('--help');
  for (const word of ['--only', '--before', '--rounds', '--seconds', '--quick', '--json', 'throughput', 'sockets'])
    expect(stdout).toContain(word);
});
