import { setTimeout as delay } from 'node:timers/promises';
import { isName, isRunId, MillraceError, type PipelineName, problemsOfValue, type RunId } from '@millrace/core/domain';
import { followRun } from '@millrace/core/engine';
import { toWireEvent } from '@millrace/core/wire';
import type { Socket } from 'socket.io';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { validate } from '../http/validate.ts';
import { pipelineNamed, runWithId } from '../routes/lookups.ts';
import { waitingPackets } from './waiting-packets.ts';
import { deploymentSnapshot, pipelineSnapshot, runSnapshot } from './socket-snapshot.ts';

const subscription = z
  .strictObject({ run_id: z.string().optional(), pipeline: z.string().optional(), after_seq: z.int().min(0).optional() })
  .refine((body) => body.after_seq === undefined || body.run_id !== undefined, { path: ['after_seq'], message: 'needs a run_id: seqs count per run' })
  .refine((body) => body.run_id === undefined || body.pipeline === undefined, { path: ['pipeline'], message: 'give either run_id or pipeline' });
type Subscription = z.output<typeof subscription>;

/** Wrong messages after which a client is sent away. */
const PATIENCE = 20;
/** Runs that one socket may follow at a time. */
const FOLLOWED = 100;
/** Messages of one socket that may wait for their answers; who sends more is sent away. */
const QUEUED = 1_000;
/** Packets that may wait in a socket before its replays pause. */
const WAITING_PACKETS = 64;

/** Answers `subscribe` and `unsubscribe` of one socket. Whatever it sends, it gets an acknowledgement, and nothing else breaks. */
export const serveSocket = (socket: Socket, { store, feed, log }: ApiDeps, stopping: AbortSignal): void => {
  const followed = new Map<RunId, AbortController>();
  let wrong = 0;

  const subscribe = async (wanted: Subscription): Promise<{ snapshot: unknown; begin?: () => void }> => {
    if (wanted.run_id !== undefined) {
      const run = await runWithId(store, wanted.run_id);
      if (followed.size >= FOLLOWED && !followed.has(run.runId)) throw new MillraceError('too_large', `a socket may follow ${FOLLOWED} runs at a time`);
      const { snapshot, lastSeq } = await runSnapshot(store, run, wanted.after_seq ?? null);
      return { snapshot, begin: () => follow(run.runId, wanted.after_seq ?? lastSeq) };
    }
    if (wanted.pipeline !== undefined) {
      const pipeline = await pipelineNamed(store, wanted.pipeline);
      await socket.join(`pipeline:${pipeline.name}`);
      return { snapshot: await pipelineSnapshot(store, pipeline) };
    }
    await socket.join('all');
    return { snapshot: await deploymentSnapshot(store) };
  };

  const unsubscribe = async (wanted: Subscription): Promise<{ snapshot: null }> => {
    if (wanted.run_id !== undefined) {
      const runId = wanted.run_id as RunId;
      followed.get(runId)?.abort();
      followed.delete(runId);
      if (isRunId(runId)) await socket.leave(`run:${runId}`);
    } else await socket.leave(wanted.pipeline === undefined ? 'all' : `pipeline:${isName(wanted.pipeline) ? (wanted.pipeline as PipelineName) : ''}`);
    return { snapshot: null };
  };

  /** In the run's room the socket gets its heartbeats, and not its events a second time from wider rooms. */
  const follow = (runId: RunId, afterSeq: number): void => {
    followed.get(runId)?.abort();
    const ending = new AbortController();
    followed.set(runId, ending);
    void socket.join(`run:${runId}`);
    void replay(socket, followRun(store, feed, runId, { afterSeq, signal: AbortSignal.any([ending.signal, stopping]) }), ending.signal)
      .catch((error: unknown) => {
        log.error({ err: error, run_id: runId }, 'a socket stopped following a run');
        socket.disconnect(true);
      })
      .finally(() => {
        if (followed.get(runId) !== ending) return;
        followed.delete(runId);
        void socket.leave(`run:${runId}`);
      });
  };

  const answer = (act: (wanted: Subscription) => Promise<{ snapshot: unknown; begin?: () => void }>) => async (args: readonly unknown[]) => {
    const acknowledge = typeof args.at(-1) === 'function' ? (args.at(-1) as (answer: unknown) => void) : () => {};
    const payload = typeof args[0] === 'function' || args[0] === undefined || args[0] === null ? {} : args[0];
    try {
      refuseInexact(payload);
      const [wanted] = validate([{ at: '', schema: subscription, value: payload }]) as [Subscription];
      const { snapshot, begin } = await act(wanted);
      acknowledge({ ok: true, snapshot });
      if (socket.connected) begin?.();
    } catch (error) {
      if (!(error instanceof MillraceError)) log.error({ err: error }, 'a socket message failed');
      const refusal = error instanceof MillraceError ? error : new MillraceError('internal', 'something failed on our side');
      const { code, message, errors, moreErrors } = refusal;
      acknowledge({ ok: false, error: { code, message, errors, ...(moreErrors === 0 ? {} : { more_errors: moreErrors }) } });
      if (refusal.status < 500) complain();
    }
  };
  const complain = () => {
    wrong += 1;
    if (wrong >= PATIENCE) socket.disconnect(true);
  };

  // One at a time and in order: an unsubscribe never overtakes the subscribe before it.
  let queue: Promise<void> = Promise.resolve();
  let queued = 0;
  const verbs: Readonly<Record<string, (args: readonly unknown[]) => Promise<void>>> = { subscribe: answer(subscribe), unsubscribe: answer(unsubscribe) };
  // A name is what the client sent: a number too.
  socket.onAny((name: unknown, ...args: unknown[]) => {
    const verb = String(name);
    const act = Object.hasOwn(verbs, verb) ? verbs[verb]! : refuse(verb);
    if (++queued > QUEUED) return void socket.disconnect(true);
    queue = queue
      .then(() => (socket.connected ? act(args) : undefined))
      .catch((error: unknown) => log.error({ err: error }, 'a socket message failed'))
      .finally(() => (queued -= 1));
  });
  const refuse = (verb: string) => (args: readonly unknown[]) => {
    const acknowledge = args.at(-1);
    if (typeof acknowledge === 'function')
      acknowledge({
        ok: false,
        error: { code: 'invalid_request', message: `there is no event "${verb.slice(0, 60)}"; there are subscribe and unsubscribe`, errors: [] },
      });
    complain();
    return Promise.resolve();
  };
  socket.on('error', () => complain());
  socket.on('disconnect', () => {
    for (const ending of followed.values()) ending.abort();
    followed.clear();
  });
};

/** The packet was read by JSON.parse, which keeps no number beyond a double. */
const refuseInexact = (payload: unknown): void => {
  const errors = problemsOfValue(payload).map(({ path, message }) => ({ path: path.join('.') || 'body', message }));
  if (errors.length > 0) throw new MillraceError('invalid_request', `${errors[0]!.path}: ${errors[0]!.message}`, { errors });
};

/** Emits the events one by one; a client that takes them slowly holds its own replay back, and nobody else's. */
const replay = async (socket: Socket, events: AsyncIterable<Parameters<typeof toWireEvent>[0]>, ended: AbortSignal): Promise<void> => {
  for await (const event of events) {
    if (ended.aborted) return;
    socket.emit('event', toWireEvent(event));
    while (waitingPackets(socket) > WAITING_PACKETS && socket.connected) await delay(10);
  }
};
