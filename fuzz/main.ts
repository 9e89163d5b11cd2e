/** `npm run fuzz`: see options.ts. Exit code 1 when something was found, 2 for wrong usage. */
import { fuzz, type Fuzzed } from './fuzz.ts';
import { HELP, readOptions, type ReadOptions, UsageError } from './options.ts';

const options = readOrExit();
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
console.error(`seed ${options.seed}`);
const began = performance.now();
const done = await fuzz({ ...options, tell: (line) => console.error(line) });
const seconds = Math.round((performance.now() - began) / 1_000);
if (options.json) console.log(JSON.stringify({ seed: options.seed, seconds, ...done }, null, 2));
else show(done);
process.exit(done.findings.length > 0 ? 1 : 0);

function readOrExit(): ReadOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

function show({ findings, requests, frames, yaml, commands, stalls, held }: Fuzzed): void {
  const MiB = 1_048_576;
  const mib = (bytes: number): string => `${Math.round(bytes / MiB)} MiB`;
  const byName = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name}: ${count}`)
      .join(', ');
  for (const { what, case: name, detail, count, others } of findings) {
    console.log(`FOUND ${what} (${count} times)`);
    console.log(`      ${detail.split('\n').join('\n      ')}`);
    if (name !== null)
      console.log(
        `      again: npm run fuzz -- --seed ${options.seed} --only ${name}${others.length > 0 ? ` (also ${others.join(', ')})` : ''}\n`,
      );
  }
  if (requests) console.log(`${requests.count} requests (${byName(requests.statuses)})`);
  if (frames) console.log(`${frames.count} frames in ${frames.sessions} sessions, ${frames.acknowledged} acknowledged`);
  if (yaml)
    console.log(
      `${yaml.count} YAML files, ${yaml.valid} of them valid; at most ${yaml.worstCpuMs} ms of CPU and ${mib(yaml.worstPeakBytes)} more memory for one`,
    );
  if (commands)
    console.log(
      `${commands.count} command lines, ${commands.spawned} as processes (exit codes ${byName(commands.codes)})`,
    );
  if (stalls)
    console.log(
      `${stalls.stalls.length} stalls in ${stalls.asked} probes; the slowest took ${stalls.worstMs} ms, of the server beside it ${stalls.worstControlMs} ms`,
    );
  if (held)
    console.log(
      `the API held ${mib(held.warm.rss)} (heap ${mib(held.warm.heapUsed)}, ${held.warm.sockets} sockets), at the end ${mib(held.end.rss)} (${mib(held.end.heapUsed)}, ${held.end.sockets})`,
    );
  console.log(`${findings.length} findings, ${seconds} s`);
}
