/** Says how a command and an artifact end in a process with ever more file descriptors left, from none. */
import { closeSync, openSync } from 'node:fs';
import { attempt, removeTemporaryFolders, temporaryFolder } from './attempt-fixture.ts';

const command = async (dir: string) => (await attempt({ command: ['true'] }, { dir })).outcome;
const artifact = async (dir: string) =>
  (await attempt({ run: (ctx) => ctx.artifact('a', { file: '/etc/hostname' }) }, { dir })).outcome;

const dir = await temporaryFolder();
// What is loaded or opened on first use must not need a descriptor later.
await command(dir);
await artifact(dir);
for (const kind of [command, artifact])
  for (let left = 0; left <= 20; left++) {
    const held: number[] = [];
    try {
      for (;;) held.push(openSync('/dev/null', 'r'));
    } catch {
      for (const descriptor of held.splice(0, left)) closeSync(descriptor);
    }
    const outcome = await kind(dir);
    for (const descriptor of held) closeSync(descriptor);
    console.log(JSON.stringify({ kind: kind.name, left, outcome }));
  }
await removeTemporaryFolders();
