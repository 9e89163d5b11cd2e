import { ownerOfRunningCode, StageFailure } from '@millrace/core/handlers';
import type { Logger } from 'pino';

/** Errors of no stage are logged individually up to this many, then every hundredth: a timer may throw for ever. */
const LOGGED = 100;

/**
 * Keeps the process up for all its stages, whatever the code of one does. An unhandled error fails the attempt whose
 * code raised it; if that attempt has ended, the error is logged and work continues. A stage that would end the process
 * fails instead.
 */
export const guardProcess = (log: Logger) => {
  let unowned = 0;
  let handling = false;
  let end: ((call: string) => void) | null = null;

  const stray = (error: unknown, how: string): void => {
    // Another listener that throws, or that calls process.exit, which throws here, would end the process.
    handling = true;
    process.nextTick(() => (handling = false));
    if (error instanceof ExitRefused) return;
    const owner = ownerOfRunningCode();
    const became = owner?.fail(error, how) ?? 'nobody';
    if (became === 'told_before') return;
    if (became !== 'failed' && ++unowned > LOGGED && unowned % LOGGED !== 0) return;
    const whose = owner && { run_id: owner.runId, stage: owner.stage, attempt: owner.attempt };
    if (became === 'failed') log.warn({ err: error, ...whose }, `${how}: the attempt fails`);
    else
      log.error(
        { err: error, ...whose },
        `${how}: ${owner ? 'its attempt was over by then' : 'it belongs to no attempt'}; the worker goes on`,
      );
  };
  process.on('unhandledRejection', (error) => stray(error, 'a promise was rejected, and nothing handled that'));
  // Not a listener, which a stage could remove; rejections also arrive here once a stage has removed the one above.
  process.setUncaughtExceptionCaptureCallback((error) =>
    stray(error, 'an error was thrown in a callback, and nothing caught it'),
  );

  /** Replaces calls that would end the process. */
  const refuse = (call: string, really: () => never): never => {
    const owner = ownerOfRunningCode();
    if (!owner && !end) return really();
    const refused = new ExitRefused(call);
    if (!owner) end!(call);
    else if (owner.fail(refused, refused.message) === 'failed')
      log.warn(
        { run_id: owner.runId, stage: owner.stage, attempt: owner.attempt },
        `the stage called ${call}: the attempt fails`,
      );
    else
      log.error(
        { run_id: owner.runId, stage: owner.stage, attempt: owner.attempt },
        `${call} was called by a stage whose attempt was over: refused`,
      );
    // Such a call never returns: the code after it must not run.
    if (!handling) throw refused;
    return undefined as never;
  };

  const exit = process.exit.bind(process);
  const abort = process.abort.bind(process);
  const kill = process.kill.bind(process);
  process.exit = (code) => refuse(`process.exit(${code ?? ''})`, () => exit(code));
  process.abort = () => refuse('process.abort()', abort);
  process.kill = (pid, signal) => {
    const isFatal = (pid === process.pid || pid === 0) && signal !== 0 && ownerOfRunningCode() !== undefined;
    return isFatal
      ? refuse(`process.kill(${pid === 0 ? 0 : 'process.pid'}, ${JSON.stringify(signal ?? 'SIGTERM')})`, () => exit(1))
      : kill(pid, signal);
  };

  return {
    /** Ends the process. */
    exit,
    /** Called instead of ending the process, if code of no stage would end it. */
    onExit: (listener: (call: string) => void): void => void (end = listener),
  };
};

class ExitRefused extends StageFailure {
  constructor(call: string) {
    super(
      'process_exit',
      `the stage called ${call}, which would end the worker and every other stage that it runs: a stage ends by returning or throwing`,
    );
  }
}
