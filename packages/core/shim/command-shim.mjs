/*
 * Stands between a worker and a stage's command, as the leader of the command's process group. When its IPC
 * channel closes, the attempt is over or the worker is gone, kill -9 included: then it kills the whole group,
 * itself too, so that no grandchild outlives the attempt and overlaps the next one.
 *
 * In: { argv, env, cwd, scratch, marker, mark, worker }, later { keepScratch }. Out: { pid } | { failed: errno code }, then { code, signal }.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { killAll } from './kill-tree.mjs';

// The group's signals are meant for the command; the shim lives until the channel closes.
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
// The worker may have died before there was anybody to hear of it.
if (!process.connected) end();

function end() {
  if (isEnding) return;
  isEnding = true;
  try {
    killAll({ isOurs: (found) => found === mark, marker, group: process.pid });
    // In a session of its own, so that it survives the kill and removes what the worker no longer can.
    if (scratch) spawn('rm', ['-rf', '--', scratch], { detached: true, stdio: 'ignore' }).on('error', () => {});
  } finally {
    process.kill(-process.pid, 'SIGKILL');
  }
}

/** A worker that cannot be told has gone. What it sent before is read first: it may be that the files are still needed. */
function tell(message) {
  try {
    process.send(message, (error) => error && setTimeout(end, 200));
  } catch {
    setTimeout(end, 200);
  }
}

function start(command) {
  ({ scratch, marker, mark } = command);
  // Its message may outlive a worker, and whoever kills what that one left may have looked by now: its command must not begin.
  if (isEnding || !process.connected || process.ppid !== command.worker) return end();
  try {
    const child = spawn(command.argv[0], command.argv.slice(1), { cwd: command.cwd, env: command.env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => tell({ failed: error.code ?? error.message }));
    child.on('spawn', () => tell({ pid: child.pid }));
    child.on('exit', (code, signal) => tell({ code, signal }));
  } catch (error) {
    tell({ failed: error.code ?? error.message });
  }
  releaseOutput();
}

/** The worker sees the end of the output when the command and its children have closed it: not if the shim holds it too. */
function releaseOutput() {
  for (const descriptor of [1, 2]) {
    closeSync(descriptor);
    openSync('/dev/null', 'w');
  }
}
