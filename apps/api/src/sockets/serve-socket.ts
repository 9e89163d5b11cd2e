import { isName, isRunId, MillraceError, problemsOfValue, type RunId } from '@millrace/core/domain';
import type { Socket } from 'socket.io';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { checkPipeline, maySee } from '../http/limits.ts';
import { SOCKET_ROLES, type SocketVerb } from '../http/other-roles.ts';
import { checkRole, type Principal } from '../http/roles.ts';
import { validate } from '../http/validate.ts';
import { pipelineNamed, runWithId, unknownRun } from '../routes/lookups.ts';
import { dismiss } from './dismiss.ts';
import { pipelineSnapshot, runSnapshot, snapshotFor } from './socket-snapshot.ts';
import type { RunRooms } from './run-rooms.ts';
import { wideRoom } from './batches.ts';

const subscription = z
  .strictObject({
    run_id: z.string().optional(),
    pipeline: z.string().optional(),
    after_seq: z.int().min(0).optional(),
  })
  .refine((body) => body.after_seq === undefined || body.run_id !== undefined, {
    path: ['after_seq'],
    message: 'needs a run_id: seqs count per run',
  })
  .refine((body) => body.run_id === undefined || body.pipeline === undefined, {
    path: ['pipeline'],
    message: 'give either run_id or pipeline',
  });
type Subscription = z.output<typeof subscription>;

/** Invalid messages after which a client is disconnected. */
const PATIENCE = 20;
/** Runs that one socket may follow at a time. */
const FOLLOWED = 100;
/** Messages of one socket that may be pending; a client that sends more is disconnected. */
const QUEUED = 200;

interface Served extends Pick<ApiDeps, 'store' | 'log'> {
  readonly principal: Principal;
  readonly rooms: RunRooms;
  /**
   * Sends pending batches of the wider rooms, so that a socket that joins or leaves a run's room gets each event once.
   */
  readonly settle: () => void;
  /** Bounds how many messages of all sockets are processed at a time. */
  readonly answering: <T>(work: () => Promise<T>) => Promise<T>;
  /** Takes a place for what the socket opens, until the signal; throws if there is none. */
  readonly take: (signal: AbortSignal) => void;
}

/**
 * Sends the first snapshot, and answers `subscribe` and `unsubscribe` of one socket. Every message is acknowledged, and
 * none harms other sockets. When the socket closes, everything it started ends.
 */
export const serveSocket = (
  socket: Socket,
  { principal, store, log, rooms, settle, answering, take }: Served,
): void => {
  const gone = new AbortController();
  const followed = new Map<RunId, AbortController>();
  let wrong = 0;
  /** Of all events that the token may see. */
  const widest = (principal.pipelines ?? [null]).map((name) => wideRoom(socket, name));
  socket.on('disconnect', () => {
    gone.abort();
    for (const ending of followed.values()) ending.abort();
    followed.clear();
  });
  // Each followed run may wait for the connection to drain.
  socket.conn.setMaxListeners(FOLLOWED + 50);

  const subscribe = async (wanted: Subscription): Promise<{ snapshot: unknown; begin?: () => void }> => {
    if (wanted.run_id !== undefined) {
      const run = await runWithId(store, wanted.run_id);
      if (!maySee(principal, run.pipeline)) throw unknownRun(wanted.run_id);
      if (followed.size >= FOLLOWED && !followed.has(run.runId))
        throw new MillraceError('too_large', `a socket may follow ${FOLLOWED} runs at a time`);
      const { snapshot, lastSeq } = await runSnapshot(store, run, wanted.after_seq ?? null);
      const ending = new AbortController();
      if (!gone.signal.aborted) take(ending.signal);
      return { snapshot, begin: () => follow(run.runId, wanted.after_seq ?? lastSeq, ending) };
    }
    if (wanted.pipeline !== undefined) {
      checkPipeline(principal, wanted.pipeline);
      const pipeline = await pipelineNamed(store, wanted.pipeline);
      await socket.join(wideRoom(socket, pipeline.name));
      return { snapshot: await pipelineSnapshot(store, pipeline) };
    }
    await socket.join(widest);
    return { snapshot: await snapshotFor(store, principal.pipelines) };
  };

  const unsubscribe = async (wanted: Subscription): Promise<{ snapshot: null }> => {
    if (wanted.run_id !== undefined) {
      const runId = wanted.run_id as RunId;
      followed.get(runId)?.abort();
      followed.delete(runId);
      settle();
      if (isRunId(runId)) await socket.leave(`run:${runId}`);
    } else
      for (const room of wanted.pipeline === undefined
        ? widest
        : [wideRoom(socket, isName(wanted.pipeline) ? wanted.pipeline : '')])
        await socket.leave(room);
    return { snapshot: null };
  };

  /** In the run's room the socket gets the run's heartbeats, and does not get its events again from wider rooms. */
  const follow = (runId: RunId, afterSeq: number, ending: AbortController): void => {
    if (gone.signal.aborted) return ending.abort();
    followed.get(runId)?.abort();
    followed.set(runId, ending);
    settle();
    void socket.join(`run:${runId}`);
    void rooms
      .follow(socket, { runId, afterSeq, signal: ending.signal })
      .catch((error: unknown) => {
        log.error({ err: error, run_id: runId }, 'a socket stopped following a run');
        dismiss(socket, error instanceof MillraceError ? error.code : 'internal', `the replay of run ${runId} failed`);
      })
      .finally(() => {
        ending.abort();
        if (followed.get(runId) !== ending) return;
        followed.delete(runId);
        settle();
        void socket.leave(`run:${runId}`);
      });
  };

  const answer =
    (verb: SocketVerb, act: (wanted: Subscription) => Promise<{ snapshot: unknown; begin?: () => void }>) =>
    async (args: readonly unknown[]) => {
      const acknowledge = typeof args.at(-1) === 'function' ? (args.at(-1) as (answer: unknown) => void) : () => {};
      const payload = typeof args[0] === 'function' || args[0] === undefined || args[0] === null ? {} : args[0];
      try {
        checkRole(principal, SOCKET_ROLES[verb]);
        refuseInexact(payload);
        const [wanted] = validate([{ at: '', schema: subscription, value: payload }]) as [Subscription];
        const { snapshot, begin } = await act(wanted);
        acknowledge({ ok: true, snapshot });
        begin?.();
      } catch (error) {
        if (!(error instanceof MillraceError)) log.error({ err: error }, 'a socket message failed');
        const refusal =
          error instanceof MillraceError ? error : new MillraceError('internal', 'something failed on our side');
        const { code, message, errors, moreErrors } = refusal;
        acknowledge({
          ok: false,
          error: { code, message, errors, ...(moreErrors === 0 ? {} : { more_errors: moreErrors }) },
        });
        if (refusal.status < 500) complain();
      }
    };
  const complain = () => {
    wrong += 1;
    if (wrong >= PATIENCE) dismiss(socket, 'invalid_request', `${PATIENCE} messages were wrong`);
  };

  // Sequentially: an unsubscribe never overtakes the preceding subscribe.
  let queue: Promise<void> = Promise.resolve();
  let queued = 0;
  const inOrder = (work: () => Promise<void>): Promise<void> => {
    queue = queue
      .then(() => (gone.signal.aborted ? undefined : answering(async () => (gone.signal.aborted ? undefined : work()))))
      .catch((error: unknown) => log.error({ err: error }, 'a socket message failed'));
    return queue;
  };
  const verbs: Readonly<Record<SocketVerb, (args: readonly unknown[]) => Promise<void>>> = {
    subscribe: answer('subscribe', subscribe),
    unsubscribe: answer('unsubscribe', unsubscribe),
  };
  // The name is the client's, and may be a number.
  socket.onAny((name: unknown, ...args: unknown[]) => {
    const verb = String(name);
    const act = Object.hasOwn(verbs, verb) ? verbs[verb as SocketVerb] : refuse(verb);
    if (gone.signal.aborted) return;
    if (++queued > QUEUED)
      return dismiss(socket, 'rate_limited', `more than ${QUEUED} messages wait for their answers`);
    void inOrder(() => act(args)).finally(() => (queued -= 1));
  });
  const refuse = (verb: string) => (args: readonly unknown[]) => {
    const acknowledge = args.at(-1);
    if (typeof acknowledge === 'function')
      acknowledge({
        ok: false,
        error: {
          code: 'invalid_request',
          message: `there is no event "${verb.slice(0, 60)}"; there are subscribe and unsubscribe`,
          errors: [],
        },
      });
    complain();
    return Promise.resolve();
  };
  socket.on('error', () => complain());

  try {
    take(gone.signal);
  } catch (error) {
    const { code, message } = error as MillraceError;
    return dismiss(socket, code, message);
  }
  void inOrder(() =>
    snapshotFor(store, principal.pipelines).then(
      (snapshot) => void socket.emit('snapshot', snapshot),
      (error: unknown) => log.warn({ err: error }, 'no snapshot for a socket'),
    ),
  );
};

/** The packet was parsed by JSON.parse, which loses digits beyond a double. */
const refuseInexact = (payload: unknown): void => {
  const errors = problemsOfValue(payload).map(({ path, message }) => ({ path: path.join('.') || 'body', message }));
  if (errors.length > 0)
    throw new MillraceError('invalid_request', `${errors[0]!.path}: ${errors[0]!.message}`, { errors });
};
