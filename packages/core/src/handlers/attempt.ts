import type { LoadedPipeline, StageContext } from '../definition/index.ts';
import type { GateApproval, GateFeedback, Stage } from '../domain/index.ts';
import type { ArtifactMeta, Claim, ReportedEvent } from '../ports/index.ts';
import type { AbortReason } from './abort-reason.ts';
import { checkpointJsonOf } from './checkpoint.ts';
import { overLimit } from './artifact-limits.ts';
import { AttemptArtifacts } from './attempt-artifacts.ts';
import { AttemptOwner, runOwned } from './attempt-owner.ts';
import type { AttemptServices } from './attempt-services.ts';
import { AttemptWatch } from './attempt-watch.ts';
import { cutText } from './cut-text.ts';
import { EventQueue } from './event-queue.ts';
import type { StageFailure } from './stage-failure.ts';
import { textOf } from './text-of.ts';
import { causesOf, property } from './thrown-value.ts';

const PROGRESS_MESSAGE_BYTES = 1_024;
const METRIC_NAME_LENGTH = 128;

/**
 * A live attempt: its timeouts, its reports, and the reason it was stopped. The signal, reports and artifacts are
 * created on first use, because most stages of a fast pipeline never use them.
 */
export class Attempt {
  readonly #claim: Claim;
  readonly #services: AttemptServices;
  readonly #dir: string;
  readonly watch: AttemptWatch;
  readonly owner: AttemptOwner;
  #abort: AbortController | null = null;
  #events: EventQueue | null = null;
  #artifacts: AttemptArtifacts | null = null;
  #stopped: AbortReason | null = null;
  #onStop: (() => void) | null = null;
  #lastLine: string | null = null;
  #isMute = false;
  #isOver = false;

  constructor(claim: Claim, stage: Stage, dir: string, services: AttemptServices) {
    this.#claim = claim;
    this.#services = services;
    this.#dir = dir;
    this.owner = new AttemptOwner(claim, (error, how) => this.#failStray(error, how));
    this.watch = new AttemptWatch(
      {
        attemptMs: stage.timeouts.attempt,
        // Both instants are from the store's clock, so this machine's clock does not matter.
        stageMs: claim.stageDeadline === null ? null : Math.max(0, claim.stageDeadline - claim.startedAt),
        silenceMs: stage.timeouts.heartbeat,
      },
      () => services.now(),
      (reason) => this.stop(reason),
    );
    services.control.onStop((reason) => this.stop(reason));
  }

  /** Why it was stopped; null: it was not. */
  get stopped(): AbortReason | null {
    return this.#stopped;
  }
  /** The last non-blank line; null: none was printed. */
  get lastLine(): string | null {
    return this.#lastLine;
  }
  throwIfStopped(): void {
    if (this.#stopped) throw this.#stopped;
  }

  /** The first reason wins. A fenced attempt sends nothing more. */
  stop(reason: AbortReason): void {
    if (reason.kind === 'fenced') this.#mute();
    if (this.#isOver || this.#stopped) return;
    this.#stopped = reason;
    if (reason.kind === 'process_ends') this.#say('log', [`handed back: ${reason.reason}`]);
    // The stop comes from outside, but the listeners are the stage's code.
    const abort = this.#abort;
    if (abort) runOwned(this.owner, () => abort.abort(reason));
    this.#onStop?.();
  }

  /** Calls back when stopped, immediately if already stopped; null removes the listener. */
  onStop(listener: (() => void) | null): void {
    this.#onStop = listener;
    if (this.#stopped) listener?.();
  }

  contextOf(
    inputs: Readonly<Record<string, unknown>>,
    { dir }: LoadedPipeline,
    gate: GateApproval | null,
    feedback: GateFeedback | null,
  ): StageContext {
    const { runId, pipeline, stage, attempt, fence, generation, trigger, params, checkpointJson } = this.#claim;
    const signal = (): AbortSignal => this.#signal();
    return {
      params,
      inputs,
      runId,
      pipeline,
      stage,
      attempt,
      fence,
      trigger,
      gate,
      feedback,
      dir,
      idempotencyKey: `${runId}.${stage}.${generation}`,
      get signal() {
        return signal();
      },
      log: (line) => this.#say('log', textOf(line).split('\n')),
      writeLines: (stream, lines) => {
        this.#say(stream, lines);
        return this.#events?.room() ?? Promise.resolve();
      },
      progress: (fraction, message) => this.#report({ type: 'stage.progress', data: progressOf(fraction, message) }),
      metric: (name, value, unit) => this.#report({ type: 'stage.metric', data: metricOf(name, value, unit) }),
      heartbeat: (details) => {
        this.watch.heartbeat();
        if (details !== undefined) this.#queue()?.checkpoint(checkpointJsonOf(details));
      },
      checkpoint: (data) => this.#checkpoint(data),
      lastCheckpoint: checkpointJson === null ? undefined : (JSON.parse(checkpointJson) as unknown),
      artifact: async (name, content, options) => {
        const meta = await this.#artifactsOfAttempt().store(name, content, options?.contentType);
        this.#report({ type: 'stage.artifact', data: meta as ArtifactMeta & Record<string, unknown> });
        return meta;
      },
      readArtifact: (artifact) => this.#artifactsOfAttempt().read(artifact),
    };
  }

  /** Logs the stack of a function's failure, for its author. */
  logStack(error: unknown): void {
    const show = (one: unknown, before: string, lines: number): void => {
      const stack = property(one, 'stack');
      if (typeof stack !== 'string' || stack === '') return;
      for (const [place, line] of stack.split('\n', lines).entries())
        this.#queue()?.line('err', place === 0 ? before + line : line);
    };
    show(error, '', 30);
    for (const cause of causesOf(error).slice(0, 5)) show(cause, 'caused by: ', 10);
  }

  /** Records that its gate asked nobody. */
  passedGate(reason: string): void {
    this.#report({ type: 'gate.passed', data: { reason } });
  }

  /** Settles when all reports so far are recorded; null: there were none. */
  flush(): Promise<void> | null {
    return this.#events?.close() ?? null;
  }

  /** Settles when all artifact stores have ended, awaited by the handler or not; null: there were none. */
  stored(): Promise<void> | null {
    return this.#artifacts?.settled() ?? null;
  }

  close(): void {
    this.#isOver = true;
    this.owner.release();
    this.#artifacts?.close();
    this.watch.stop();
    this.#mute();
    this.#services.control.onStop(null);
  }

  #artifactsOfAttempt(): AttemptArtifacts {
    return (this.#artifacts ??= new AttemptArtifacts(this.#claim, this.#services, this.#dir, () =>
      this.watch.heartbeat(),
    ));
  }

  /** An error of the stage's code that did not surface through its handler. */
  #failStray(error: unknown, how: string): void {
    this.#say('err', [how]);
    this.logStack(error);
    this.stop({ kind: 'stray_error', reason: how, graceMs: null, cause: error });
  }

  #signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#stopped) this.#abort.abort(this.#stopped);
    }
    return this.#abort.signal;
  }

  /** Null: no further reports are accepted. */
  #queue(): EventQueue | null {
    if (this.#isMute) return null;
    return (this.#events ??= new EventQueue({
      send: (reports, ordinal) =>
        this.#services.report(this.#claim, reports, ordinal, this.#services.artifactLimits.run),
      onFenced: () => this.stop({ kind: 'fenced', reason: 'the lease was lost', graceMs: null }),
      onOverLimit: ({ would }) => this.#refuseArtifacts(overLimit('run', would, this.#services.artifactLimits.run)!),
      onRefused: (cause) =>
        this.stop({ kind: 'report_refused', reason: 'the store refused a report', graceMs: null, cause }),
    }));
  }

  #checkpoint(data: unknown): Promise<void> {
    let json: string;
    try {
      json = checkpointJsonOf(data);
    } catch (error) {
      return Promise.reject(error);
    }
    this.watch.heartbeat();
    const saving = new Promise<void>((resolve, reject) => {
      const settle = (recorded: boolean): void => {
        if (recorded) resolve();
        else reject(this.#stopped ?? new Error('the attempt is over: its checkpoint was not kept'));
      };
      const queue = this.#queue();
      // In a microtask: a fenced queue lets go of its waiters before it tells the attempt why.
      if (queue) queue.checkpoint(json, (recorded) => queueMicrotask(() => settle(recorded)));
      else settle(false);
    });
    // Whoever does not wait for it learns from the signal that the attempt is lost.
    saving.catch(() => {});
    return saving;
  }

  #refuseArtifacts(cause: StageFailure): void {
    this.#artifacts?.refuse(cause);
    this.stop({ kind: 'report_refused', reason: cause.message, graceMs: null, cause });
  }

  #mute(): void {
    this.#isMute = true;
    this.#events?.discard();
  }

  #say(stream: 'out' | 'err' | 'log', lines: readonly string[]): void {
    this.watch.heartbeat();
    for (const line of lines) {
      const text = textOf(line);
      if (text.trim() !== '') this.#lastLine = text;
      this.#queue()?.line(stream, text);
    }
  }

  #report(event: ReportedEvent): void {
    this.watch.heartbeat();
    this.#queue()?.event(event);
  }
}

const progressOf = (fraction: number, message: string | undefined): ReportedEvent['data'] => {
  if (typeof fraction !== 'number' || Number.isNaN(fraction))
    throw new TypeError(`progress must be a number from 0 to 1, not ${textOf(fraction)}`);
  const clamped = Math.min(1, Math.max(0, fraction));
  return message === undefined
    ? { fraction: clamped }
    : { fraction: clamped, message: cutText(textOf(message), PROGRESS_MESSAGE_BYTES) };
};

const metricOf = (name: string, value: number, unit: string | undefined): ReportedEvent['data'] => {
  if (typeof name !== 'string' || name === '' || name.length > METRIC_NAME_LENGTH)
    throw new TypeError(`a metric's name must be 1 to ${METRIC_NAME_LENGTH} characters`);
  if (!Number.isFinite(value)) throw new TypeError(`metric "${name}" must be a finite number, not ${textOf(value)}`);
  return unit === undefined ? { name, value } : { name, value, unit: cutText(textOf(unit), 64) };
};
