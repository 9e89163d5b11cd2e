/** A process that runs one command stage, as a worker does, and says what the command says: it is there to be killed. */
import { attempt } from './attempt-fixture.ts';

const script = process.argv[2]!;
const trial = await attempt({ command: ['sh', '-c', script] });
await trial.said('ready');
for (const line of trial.lines('out')) process.stdout.write(`${line}\n`);
await trial.outcome;
