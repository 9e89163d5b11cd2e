import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Why a socket is closed: codes of RFC 6455, and of our own from 4000 on. */
export const CLOSED = {
  stopped: [1001, 'the server stops'],
  talkative: [1008, 'this socket takes no messages'],
  failed: [1011, 'something failed on our side: connect again'],
  slow: [1013, 'what was sent was not taken: connect again'],
  signedOut: [4401, 'the session or token is no longer valid: sign in again'],
} as const;
export type Closed = (typeof CLOSED)[keyof typeof CLOSED];

/** Unread bytes at which a client is sent away, at once and at two looks in a row. */
const MOST_BYTES = 8 * 1024 * 1024;
const SLOW_BYTES = 1024 * 1024;
/** Messages that a client may send between two pings. None is used: front-ends send them to keep proxies awake. */
const MESSAGES = 60;
/** Frames that a client at its own pace is sent at a time. */
const PACE = 32;
/** How long a client may take to read what it was sent, and to answer a close, ms. */
const CLOSE_MS = 5_000;

/** One plain socket: what it is sent is bounded, and it is always closed with a code. */
export class PlainClient {
  readonly #socket: WebSocket;
  /** The connection, to write several frames as one. */
  readonly #wire: Duplex;
  readonly #gone = new AbortController();
  #slow = false;
  #answered = true;
  #messages = 0;

  constructor(socket: WebSocket, wire: Duplex) {
    this.#socket = socket;
    this.#wire = wire;
    socket.on('close', () => this.#gone.abort());
    // A malformed frame: the socket closes itself with its code.
    socket.on('error', () => {});
    socket.on('pong', () => (this.#answered = true));
    socket.on('message', () => {
      this.#messages += 1;
      if (this.#messages > MESSAGES) this.close(CLOSED.talkative);
    });
  }

  /** Aborted once it is closed. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** `taken` is called once the connection has taken the frames, or is gone. */
  send(frames: readonly Buffer[], taken: () => void = () => {}): void {
    if (this.#socket.readyState !== this.#socket.OPEN || frames.length === 0) return taken();
    const last = frames.at(-1);
    this.#wire.cork();
    for (const frame of frames) this.#socket.send(frame, { binary: false }, frame === last ? () => taken() : undefined);
    this.#wire.uncork();
    if (this.#socket.bufferedAmount > MOST_BYTES) this.close(CLOSED.slow);
  }

  /** Sends at the client's pace: a few frames at a time are in memory for it. */
  async sent(frames: readonly Buffer[]): Promise<void> {
    for (let at = 0; at < frames.length && !this.signal.aborted; at += PACE)
      await new Promise<void>((resolve) => this.send(frames.slice(at, at + PACE), resolve));
  }

  /** Once a second. */
  look(): void {
    const isSlow = this.#socket.bufferedAmount > SLOW_BYTES;
    if (isSlow && this.#slow) this.close(CLOSED.slow);
    this.#slow = isSlow;
  }

  /** Twice a minute: a client that has not answered the last ping is gone. */
  ping(): void {
    if (!this.#answered) return this.#socket.terminate();
    this.#answered = false;
    this.#messages = 0;
    this.#socket.ping();
  }

  close([code, reason]: Closed): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.close(code, reason);
    this.cutOff(CLOSE_MS);
  }

  /** Ends the connection after a while, ms, whatever the client does. */
  cutOff(afterMs: number): void {
    const timer = setTimeout(() => this.#socket.terminate(), afterMs).unref();
    this.signal.addEventListener('abort', () => clearTimeout(timer));
  }
}
