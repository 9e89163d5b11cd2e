/** A process that runs one command stage, as a worker does, and prints its output: it exists to be killed. */
import { attempt } from './attempt-fixture.ts';

const script = process.argv[2]!;
const trial = await attempt({ command: ['sh', '-c', script] });
await trial.said('ready');
for (const line of trial.lines('out')) process.stdout.write(`${line}\n`);
await trial.outcome;
