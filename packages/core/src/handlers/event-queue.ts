import { backoff, ERRORS, LIMITS, type LogData, MillraceError } from '../domain/index.ts';
import { retry } from '../engine/index.ts';
import type { OverLimit, Report, ReportAnswer, ReportedEvent } from '../ports/index.ts';
import { cutText } from './cut-text.ts';
import { CUT_MARK } from './line-splitter.ts';

type LogLine = LogData['lines'][number];
/** Called once: whether the checkpoint, or a newer one, was recorded. */
type Saver = (recorded: boolean) => void;

/** How long an event waits to be batched, ms. */
const LINGER_MS = 100;
/** Maximum data of one event, bytes of JSON: below LIMITS.event_bytes, with room for the envelope. */
const FULL_BYTES = 12 * 1_024;
const ROOM_BYTES = LIMITS.event_bytes - 512;
/** Size of the tail kept of a log over its limit, bytes of JSON: the end shows why an attempt failed. */
const TAIL_BYTES = 64 * 1_024;
/** Maximum events per call. */
const PER_CALL = 16;
/** Back-pressure: queued bytes at which streams are paused. */
const HIGH_WATER = 256 * 1_024;
/** First and longest pause before a resend, ms. */
const RESEND_MS = [100, 2_000] as const;

export interface EventQueueOptions {
  /** A resend of the same events keeps its `ordinal`. */
  send(reports: readonly Report[], ordinal: number): Promise<ReportAnswer>;
  onFenced(): void;
  /** Artifacts beyond the run's limit were not recorded; everything else was. */
  onOverLimit(over: OverLimit): void;
  /** The store will never accept these events. */
  onRefused(error: unknown): void;
}

/**
 * Batches an attempt's reports, in order: flushes after 100 ms or 12 KiB. Keeps the first `attempt_log_bytes` and the
 * last 64 KiB of lines, and counts the rest. Retries until the store is back.
 */
export class EventQueue {
  readonly #options: EventQueueOptions;
  #waiting: Report[] = [];
  #sizes: number[] = [];
  /** The last log event in the queue, while lines can still be appended. */
  #open: { readonly lines: LogLine[]; bytes: number } | null = null;
  #waitingBytes = 0;
  #acceptedBytes = 0;
  #dropped = 0;
  #droppedBytes = 0;
  /** The newest lines past the limit. */
  #tail: { readonly line: LogLine; readonly bytes: number }[] = [];
  #tailBytes = 0;
  /** Who waits for the checkpoint in the queue. */
  #savers: Saver[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | null = null;
  #ordinal = 0;
  #discarded = false;
  /** Ends the pause before a resend. */
  readonly #ending = new AbortController();

  constructor(options: EventQueueOptions) {
    this.#options = options;
  }

  line(stream: LogLine['s'], text: string): void {
    if (this.#discarded) return;
    const { line, bytes } = fitted(stream, text);
    if (!this.#hasRoom(bytes)) return this.#keepLast(line, bytes);
    this.#acceptedBytes += bytes;
    this.#append(line, bytes);
  }

  #append(line: LogLine, bytes: number): void {
    if (this.#open && this.#open.bytes + bytes <= FULL_BYTES) {
      this.#open.lines.push(line);
      this.#open.bytes += bytes;
      this.#sizes[this.#sizes.length - 1]! += bytes;
      this.#waitingBytes += bytes;
      this.#schedule();
      return;
    }
    const opened = { lines: [line], bytes };
    this.#push({ type: 'stage.log', data: { lines: opened.lines } }, bytes);
    this.#open = opened;
  }

  /** A progress report replaces one directly before it: only the newest matters. */
  event(event: ReportedEvent): void {
    const bytes = Buffer.byteLength(JSON.stringify(event.data));
    if (event.type === 'stage.progress' && this.#waiting.at(-1)?.type === 'stage.progress') {
      this.#waiting[this.#waiting.length - 1] = event;
      return;
    }
    // Artifacts are part of the run's record, so they are never dropped.
    if (event.type === 'stage.artifact') return this.#push(event, bytes);
    if (!this.#hasRoom(bytes)) return this.#drop(bytes);
    this.#acceptedBytes += bytes;
    this.#push(event, bytes);
  }

  /**
   * Replaces a checkpoint that still waits, as only the newest counts, but stays behind what was reported before it.
   * With `saver` it is sent at once.
   */
  checkpoint(json: string, saver?: Saver): void {
    if (this.#discarded) return saver?.(false);
    const at = this.#waiting.findIndex(({ type }) => type === 'checkpoint');
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      this.#waitingBytes -= this.#sizes.splice(at, 1)[0]!;
    }
    if (saver) this.#savers.push(saver);
    this.#push({ type: 'checkpoint', json }, Buffer.byteLength(json));
    if (this.#savers.length > 0) void this.#send();
  }

  /** Settles once the queue is below the back-pressure threshold. */
  async room(): Promise<void> {
    while (this.#waitingBytes > HIGH_WATER && !this.#discarded) await this.#send();
  }

  /** Sends the rest: a line that counts the dropped lines, and the tail. */
  async close(): Promise<void> {
    const tail = this.#tail;
    this.#tail = [];
    if (this.#dropped > 0) {
      const { line, bytes } = fitted(
        'log',
        `${this.#dropped} lines or metrics (${this.#droppedBytes} bytes) were dropped: the limit attempt_log_bytes is ${LIMITS.attempt_log_bytes}`,
      );
      this.#dropped = 0;
      this.#append(line, bytes);
    }
    for (const { line, bytes } of tail) this.#append(line, bytes);
    while (this.#waiting.length > 0 && !this.#discarded) await this.#send();
    await this.#sending;
    clearTimeout(this.#timer);
  }

  /** Stops sending and releases all waiters. */
  discard(): void {
    this.#discarded = true;
    this.#waiting = [];
    this.#sizes = [];
    this.#open = null;
    this.#waitingBytes = 0;
    this.#tail = [];
    clearTimeout(this.#timer);
    for (const saver of this.#savers.splice(0)) saver(false);
    this.#ending.abort();
  }

  /** Once an event is dropped, so are all later ones, so that the log has only one gap. */
  #hasRoom(bytes: number): boolean {
    return this.#dropped === 0 && this.#tail.length === 0 && this.#acceptedBytes + bytes <= LIMITS.attempt_log_bytes;
  }

  #keepLast(line: LogLine, bytes: number): void {
    this.#tail.push({ line, bytes });
    this.#tailBytes += bytes;
    while (this.#tailBytes > TAIL_BYTES) {
      const oldest = this.#tail.shift()!;
      this.#tailBytes -= oldest.bytes;
      this.#drop(oldest.bytes);
    }
  }

  #drop(bytes: number): void {
    this.#dropped += 1;
    this.#droppedBytes += bytes;
  }

  #push(report: Report, bytes: number): void {
    if (this.#discarded) return;
    this.#open = null;
    this.#waiting.push(report);
    this.#sizes.push(bytes);
    this.#waitingBytes += bytes;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#waitingBytes >= FULL_BYTES) void this.#send();
    else this.#timer ??= setTimeout(() => void this.#send(), LINGER_MS);
  }

  /** One call in flight at a time, to keep the order. */
  #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendWaiting().finally(() => {
      this.#sending = null;
      if (this.#waiting.length > 0) this.#schedule();
    });
    return this.#sending;
  }

  async #sendWaiting(): Promise<void> {
    // Not in the same tick, so that lines written together are sent together.
    await Promise.resolve();
    const reports = this.#waiting.splice(0, PER_CALL);
    const savers = reports.some(({ type }) => type === 'checkpoint') ? this.#savers.splice(0) : [];
    const bytes = this.#sizes.splice(0, PER_CALL).reduce((sum, size) => sum + size, 0);
    if (this.#waiting.length === 0) this.#open = null;
    this.#ordinal += 1;
    const recorded = reports.length > 0 && (await this.#sendUntilAnswered(reports));
    for (const saver of savers) saver(recorded);
    this.#waitingBytes = Math.max(0, this.#waitingBytes - bytes);
  }

  /** Whether they were recorded, but for artifacts beyond the run's limit. */
  async #sendUntilAnswered(reports: readonly Report[]): Promise<boolean> {
    const send = (): Promise<ReportAnswer> => this.#options.send(reports, this.#ordinal);
    try {
      const answer = await retry(send, {
        pauses: backoff(...RESEND_MS),
        retryIf: isPassing,
        signal: this.#ending.signal,
      });
      if (answer === 'fenced') {
        this.discard();
        this.#options.onFenced();
        return false;
      }
      if (answer !== 'ok') this.#options.onOverLimit(answer);
      return true;
    } catch (error) {
      if (this.#discarded) return false;
      this.discard();
      this.#options.onRefused(error);
      return false;
    }
  }
}

const isPassing = (error: unknown): boolean => !(error instanceof MillraceError) || ERRORS[error.code].retryable;

/** The line, truncated so that its JSON fits in an event: a control character takes six bytes there. */
const fitted = (s: LogLine['s'], text: string): { readonly line: LogLine; readonly bytes: number } => {
  let line: LogLine = { s, t: text };
  let bytes = Buffer.byteLength(JSON.stringify(line)) + 1;
  for (let room = Math.min(ROOM_BYTES, Buffer.byteLength(text)); bytes > ROOM_BYTES; room = Math.floor(room * 0.7)) {
    line = { s, t: cutText(text, room) + CUT_MARK };
    bytes = Buffer.byteLength(JSON.stringify(line)) + 1;
  }
  return { line, bytes };
};
