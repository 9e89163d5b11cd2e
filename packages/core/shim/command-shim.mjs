/*
 * Runs between a worker and a stage's command, as the leader of the command's process group. Its IPC channel
 * closes when the attempt ends or the worker dies, even by kill -9. It then kills the whole group,
 * itself included, so that no grandchild outlives the attempt and overlaps the next one.
 *
 * In: { argv, env, cwd, scratch, marker, mark, worker }, later { keepScratch }. Out: { pid } | { failed: errno code },
 * then { code, signal }.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { killAll } from './kill-tree.mjs';

// Signals to the group are meant for the command; the shim lives until the channel closes.
for (const signal of [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGPIPE',
  'SIGTTIN',
  'SIGTTOU',
  'SIGTSTP',
  'SIGALRM',
  'SIGVTALRM',
  'SIGIO',
  'SIGPWR',
  'SIGXCPU',
])
  process.on(signal, () => {});

let scratch = null;
let marker = null;
let mark = null;
let isEnding = false;

process.on('disconnect', end);
process.on('uncaughtException', end);
process.on('message', (message) => {
  if (message.keepScratch) scratch = null;
  else start(message);
});
// The worker may have died before the listener was installed.
if (!process.connected) end();

function end() {
  if (isEnding) return;
  isEnding = true;
  try {
    killAll({ isOurs: (found) => found === mark, marker, group: process.pid });
    // In its own session, so that it survives the kill and removes the folder in the dead worker's place.
    if (scratch) spawn('rm', ['-rf', '--', scratch], { detached: true, stdio: 'ignore' }).on('error', () => {});
  } finally {
    process.kill(-process.pid, 'SIGKILL');
  }
}

/** If sending fails, the worker is gone. Its earlier messages are read first, since one may ask to keep the files. */
function tell(message) {
  try {
    process.send(message, (error) => error && setTimeout(end, 200));
  } catch {
    setTimeout(end, 200);
  }
}

function start(command) {
  ({ scratch, marker, mark } = command);
  // A dead worker's message may still arrive, after its leftovers were already killed: do not start its command.
  if (isEnding || !process.connected || process.ppid !== command.worker) return end();
  try {
    const child = spawn(command.argv[0], command.argv.slice(1), {
      cwd: command.cwd,
      env: command.env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => tell({ failed: error.code ?? error.message }));
    child.on('spawn', () => tell({ pid: child.pid }));
    child.on('exit', (code, signal) => tell({ code, signal }));
  } catch (error) {
    tell({ failed: error.code ?? error.message });
  }
  releaseOutput();
}

/** The worker sees the end of the output once every holder has closed it, so the shim must not hold it. */
function releaseOutput() {
  for (const descriptor of [1, 2]) {
    closeSync(descriptor);
    openSync('/dev/null', 'w');
  }
}
