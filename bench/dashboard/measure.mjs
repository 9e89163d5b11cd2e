/*
 * Runs the sessions one after the other on a deployment of their own, and prints what a reader of each page would have
 * felt.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { closeBrowser, theBrowser } from '../../tests/browser/chromium.ts';
import { FIXTURES, startDeployment } from '../../tests/browser/deployment.ts';
import { machineFacts } from '../measure/machine.mjs';
import { writePipelines } from '../write-pipelines.mjs';
import { bigDag, tinyDag } from './dags.mjs';
import { printTable } from './print-table.mjs';
import { seedRuns } from './seed-runs.mjs';
import { bigRun } from './sessions/big-run.mjs';
import { busyRun } from './sessions/busy-run.mjs';
import { runsList } from './sessions/runs-list.mjs';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, quick: { type: 'boolean' } } });
const counts = values.quick
  ? { runs: 200, scrolls: 20, moves: 10, events: 200 }
  : { runs: 10_000, scrolls: 200, moves: 60, events: 2_000 };
const say = (line) => console.error(`  ${line}`);

const dag = bigDag(values.quick);
const folder = writePipelines([dag, tinyDag()]);
const deployment = await startDeployment({
  pipelines: [folder, FIXTURES],
  env: { MILLRACE_WORKER_CONCURRENCY: '50', MILLRACE_RETENTION_RUNS: '100000' },
});
try {
  const machine = { ...(await machineFacts(deployment.redis.url)), chromium: (await theBrowser()).version() };
  say(`${counts.runs} runs are started and end`);
  await seedRuns(deployment.redis.url, counts.runs);
  const rows = [];
  for (const session of [runsList, bigRun, busyRun]) rows.push(...(await session({ deployment, counts, dag, say })));
  if (values.json)
    process.stdout.write(`${JSON.stringify({ machine, quick: values.quick === true, rows }, null, 2)}\n`);
  else printTable(machine, rows);
} finally {
  await closeBrowser();
  await deployment.stop();
  rmSync(folder, { recursive: true });
}
