/*
 * Stands between a worker and a stage's command, as the leader of the command's process group. When its IPC
 * channel closes, the attempt is over or the worker is gone, kill -9 included: then it kills the whole group,
 * itself too, so that no grandchild outlives the attempt and overlaps the next one.
 *
 * In: { argv, env, cwd, scratch, marker }, later { keepScratch }. Out: { pid } | { failed: errno code }, then { code, signal }.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

// The group's signals are meant for the command; the shim lives until the channel closes.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGTTIN', 'SIGTTOU', 'SIGTSTP']) process.on(signal, () => {});

let scratch = null;
let marker = null;

process.on('disconnect', () => {
  try {
    if (marker) killEscaped();
    // In a session of its own, so that it survives the kill and removes what the worker no longer can.
    if (scratch) spawn('rm', ['-rf', '--', scratch], { detached: true, stdio: 'ignore' }).on('error', () => {});
  } finally {
    process.kill(-process.pid, 'SIGKILL');
  }
});

process.on('message', (message) => {
  if (message.keepScratch) scratch = null;
  else start(message);
});

function start(command) {
  ({ scratch, marker } = command);
  try {
    const child = spawn(command.argv[0], command.argv.slice(1), { cwd: command.cwd, env: command.env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => process.send({ failed: error.code ?? error.message }));
    child.on('spawn', () => process.send({ pid: child.pid }));
    child.on('exit', (code, signal) => process.send({ code, signal }));
  } catch (error) {
    process.send({ failed: error.code ?? error.message });
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

/** Processes that left the group (setsid) still carry the attempt's environment. Twice: one may fork while it is looked for. Linux only. */
function killEscaped() {
  for (let pass = 0; pass < 2; pass++) for (const pid of processIds()) if (pid !== process.pid && carriesMarker(pid)) kill(pid);
}

function processIds() {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}

function carriesMarker(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`).includes(`${marker}\0`);
  } catch {
    return false;
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
