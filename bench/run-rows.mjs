/* Runs the chosen rows on a Redis of their own, and prints each as it is done. */
import { startRedis } from '@millrace/core/testing';
import { openVersions } from './contestants/versions.mjs';
import { machineFacts, machineLine } from './measure/machine.mjs';
import { printRow } from './print-row.mjs';
import * as backlog from './rows/backlog.mjs';
import * as dags from './rows/dags.mjs';
import * as fibo from './rows/fibo.mjs';
import * as httpStarts from './rows/http-starts.mjs';
import * as idle from './rows/idle.mjs';
import * as join from './rows/join.mjs';
import * as openLoop from './rows/open-loop.mjs';
import * as roundTrips from './rows/round-trips.mjs';
import * as seenRuns from './rows/seen-runs.mjs';
import * as shapes from './rows/shapes.mjs';
import * as sockets from './rows/sockets.mjs';
import * as stencil from './rows/stencil.mjs';
import * as throughput from './rows/throughput.mjs';
import * as worstScript from './rows/worst-script.mjs';

const ROWS = {
  throughput,
  'round-trips': roundTrips,
  idle,
  backlog,
  dags,
  join,
  'worst-script': worstScript,
  'http-starts': httpStarts,
  'seen-runs': seenRuns,
  'open-loop': openLoop,
  fibo,
  shapes,
  stencil,
  sockets,
};

/** The document of `--json`: every figure of every row. */
export const runRows = async (options) => {
  const server = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const { versions, close } = await openVersions(options.before);
  process.once('exit', close);
  const document = { machine: await machineFacts(server.url), rounds: options.rounds, quick: options.quick, rows: {} };
  console.log(machineLine(document.machine));
  try {
    for (const name of options.rows) {
      const from = performance.now();
      const row = await ROWS[name].measure({
        ...options,
        versions,
        server,
        progress: (line) => console.error(`  ${name}: ${line}`),
      });
      document.rows[name.replaceAll('-', '_')] = row;
      if (!options.json) printRow(row);
      console.error(`  ${name}: took ${Math.round((performance.now() - from) / 1_000)} s`);
    }
  } finally {
    await server.stop();
  }
  return document;
};
