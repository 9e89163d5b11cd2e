import { MillraceError, type PipelineName, type RunEvent, type RunId } from '@millrace/core/domain';
import { toInstantOrNull, toWireEvent } from '@millrace/core/wire';
import type { ApiDeps } from '../../api-deps.ts';
import { gathering } from '../../live/gathering.ts';
import type { LiveRuns } from '../../live/live-runs.ts';
import { onceEach } from '../../live/once-each.ts';
import { readTogether } from '../../read-together.ts';
import { defaultPipeline, runWithId } from '../../routes/lookups.ts';
import { metricsNow, nextRunOf, recentEvents, snapshotOf, statusOf } from '../../snapshot.ts';
import type { PlainClient } from './plain-client.ts';

/** What a plain socket follows. */
export type Followed =
  | { readonly pipeline: PipelineName }
  | { readonly runId: RunId; readonly pipeline: PipelineName; readonly afterSeq: number | null };

/** Sends each client its snapshot, and then the events that are not in it, each once and in order. */
export interface PlainFollowing {
  /** Resolves with the run's last event, with the client, and for a pipeline at once. */
  follow(client: PlainClient, what: Followed): Promise<void>;
  broadcast(event: RunEvent): void;
}

interface Listener {
  readonly pipeline: PipelineName;
  readonly client: PlainClient;
  /** What came before the snapshot was sent; null: it is sent. */
  held: RunEvent[] | null;
}

/** Events held for a client whose snapshot is being read. */
const MOST_HELD = 10_000;

const frameOf = onceEach((event: RunEvent) => Buffer.from(JSON.stringify(toWireEvent(event))));
const snapshotFrame = (data: unknown): Buffer => Buffer.from(JSON.stringify({ type: 'snapshot', data }));

export const plainFollowing = (deps: ApiDeps, runs: LiveRuns): PlainFollowing => {
  const { store } = deps;
  const listeners = new Set<Listener>();
  const snapshotNow = readTogether(async () => snapshotOf(store, await defaultPipeline(deps)));

  const send = (events: readonly RunEvent[]): void => {
    for (const listener of listeners) {
      const own = events.filter(({ pipeline }) => pipeline === listener.pipeline);
      if (listener.held === null) listener.client.send(own.map(frameOf));
      else listener.held.push(...own);
    }
  };
  const gathered = gathering<RunEvent>(send, () => listeners.size);

  const followPipeline = async (client: PlainClient, pipeline: PipelineName): Promise<void> => {
    const listener: Listener = { pipeline, client, held: [] };
    // It hears before the snapshot is read: nothing falls in between.
    listeners.add(listener);
    client.signal.addEventListener('abort', () => listeners.delete(listener));
    const snapshot = await snapshotNow(store);
    const { held } = listener;
    if (held!.length > MOST_HELD) throw new MillraceError('overloaded', 'too many events came before the snapshot');
    listener.held = null;
    const last = snapshot.events.at(-1);
    const isIn = ({ runId, seq }: RunEvent): boolean => runId === last?.run_id && seq <= last.seq;
    client.send([snapshotFrame(snapshot), ...held!.filter((event) => !isIn(event)).map(frameOf)]);
  };

  const followOne = async (client: PlainClient, what: Extract<Followed, { runId: RunId }>): Promise<void> => {
    const { runId, pipeline, afterSeq } = what;
    const [events, metrics, next] = await Promise.all([
      afterSeq === null ? recentEvents(store, runId) : [],
      metricsNow(store),
      nextRunOf(store, pipeline),
    ]);
    // Read after the events: what the status says and they do not follows.
    const status = await statusOf(store, await runWithId(store, runId));
    await client.sent([snapshotFrame({ status, events, metrics, next_run: toInstantOrNull(next) })]);
    const { signal } = client;
    for await (const batch of await runs.follow(runId, { afterSeq: afterSeq ?? events.at(-1)?.seq ?? 0, signal }))
      await client.sent(batch.map(frameOf));
  };

  return {
    follow: (client, what) => ('runId' in what ? followOne(client, what) : followPipeline(client, what.pipeline)),
    broadcast: gathered.add,
  };
};
