/*
 * A process of its own that asks the API, and a server that does nothing, every 20 ms: what both are late with is the
 * machine's. `node prober.mjs <url> <pid>`; tells each late answer, and at the end how many there were, as messages.
 * What the process waited for a processor, as Linux counts it, is told too.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import { fileURLToPath } from 'node:url';

/** ms between two questions. */
const EVERY = 20;
/** A later answer is told, ms. */
const LATE = 200;

if (process.argv[2] === 'control') {
  const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1', () =>
    process.send(server.address().port),
  );
  process.once('disconnect', () => process.exit());
} else await probe(process.argv[2], process.argv[3]);

async function probe(url, pid) {
  const control = fork(fileURLToPath(import.meta.url), ['control']);
  const [port] = await once(control, 'message');
  const target = askerOf(url);
  const still = askerOf(`http://127.0.0.1:${port}/`);
  const timer = setInterval(() => {
    still.ask();
    if (target.isAsking()) return;
    const waited = waitedMs(pid);
    target.ask((from, to) => {
      const ms = to - from;
      if (ms <= LATE) return;
      const late = { from, to, ms, waitedMs: waitedMs(pid) - waited };
      // The answer of the other one may be still to come.
      setTimeout(() => process.send({ late: { ...late, controlMs: still.worst(from - ms, to + ms) } }), 300);
    });
  }, EVERY);
  process.once('message', () => {
    clearInterval(timer);
    setTimeout(() => {
      process.send(
        {
          done: {
            asked: target.asked(),
            worstMs: target.worst(0, Infinity),
            worstControlMs: still.worst(0, Infinity),
            failed: target.failed(),
          },
        },
        () => process.exit(),
      );
    }, 400);
  });
  process.once('disconnect', () => process.exit());
  process.send({ ready: true });
}

/** How long its main thread was ready to run and did not, since it began, ms; 0 where nobody counts that. */
function waitedMs(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/** One question at a time: a stall of a second is one late answer. */
function askerOf(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Of the slowest answers, [from, to]. */
  let answers = [];
  let asked = 0;
  let failed = 0;
  let since = null;
  return {
    ask: (done = () => {}) => {
      if (since !== null) return;
      const from = (since = Date.now());
      asked += 1;
      const end = () => {
        if (since === null) return;
        const to = Date.now();
        since = null;
        if (to - from > EVERY) answers.push([from, to]);
        if (answers.length > 20_000)
          answers = answers.toSorted((one, other) => other[1] - other[0] - (one[1] - one[0])).slice(0, 10_000);
        done(from, to);
      };
      get(url, { agent }, (response) => response.resume().once('end', end).once('error', end)).once('error', () => {
        failed += 1;
        end();
      });
    },
    /** Of those that were under way between the two instants, ms; one that still is counts as long as it takes. */
    worst: (from, to) =>
      Math.max(
        0,
        since !== null && since <= to ? Date.now() - since : 0,
        ...answers.filter(([began, ended]) => began <= to && ended >= from).map(([began, ended]) => ended - began),
      ),
    isAsking: () => since !== null,
    asked: () => asked,
    failed: () => failed,
  };
}
