/** Tracks which followers watch which run over the shared socket, how far each is, and what to request again. */
import { ERRORS } from '@millrace/core/domain';
import type { WireEvent, WireRun } from '@millrace/core/wire';

export interface RunFollower {
  /** The next events in order, each once, across reconnects. */
  onEvent(event: WireEvent): void;
  /**
   * The run does not exist (any more), the session ended, or the next events are no longer stored (`EVENTS_GONE`). No
   * call follows.
   */
  onRefused(error: Refusal): void;
}
/** Code of a refusal by the client itself: the follower must read the run again and continue from there. */
export const EVENTS_GONE = 'events_gone';
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
export type Answer =
  | { readonly ok: true; readonly snapshot: { readonly status: WireRun } }
  | { readonly ok: false; readonly error: Refusal };

/** Whether the same request may succeed later, for instance when the API's Redis is back. */
export const isPassing = ({ code }: Refusal): boolean =>
  Object.hasOwn(ERRORS, code) && ERRORS[code as keyof typeof ERRORS].retryable;

interface Followed {
  last: number;
  readonly follower: RunFollower;
}
/** The followers of a run share one subscription, which starts at the slowest of them. */
interface Group {
  readonly members: Set<Followed>;
  /** Number of the newest subscription; answers to earlier ones are stale. */
  asked: number;
  /** Seq up to which that subscription replays; null: the server has not accepted it yet. */
  target: number | null;
  /** Position of the slowest follower at a heartbeat that it lagged. */
  suspect: number | null;
  /** Position of the slowest follower when a gap appeared. */
  gapAfter: number | null;
}

export interface Wire {
  isOpen(): boolean;
  subscribe(runId: string, afterSeq: number, answered: (answer: Answer) => void): void;
  unsubscribe(runId: string): void;
  /** Runs `act` after a delay, to subscribe again. */
  later(act: () => void): void;
  /** Called when a follower starts or stops lagging. */
  changed(): void;
}

export const runFollowers = (wire: Wire) => {
  const groups = new Map<string, Group>();
  const slowest = ({ members }: Group): number => Math.min(...[...members].map(({ last }) => last));

  const subscribe = (runId: string, group: Group): void => {
    if (groups.get(runId) !== group || !wire.isOpen()) return;
    group.target = null;
    group.suspect = null;
    const asked = (group.asked += 1);
    wire.subscribe(runId, slowest(group), (answer) => {
      if (group.asked !== asked || groups.get(runId) !== group) return;
      if (answer.ok) group.target = answer.snapshot.status.last_seq;
      else if (isPassing(answer.error)) wire.later(() => group.asked === asked && subscribe(runId, group));
      else refuse(runId, group, answer.error);
      wire.changed();
    });
    wire.changed();
  };
  const refuse = (runId: string, group: Group, error: Refusal): void => {
    groups.delete(runId);
    for (const { follower } of group.members) follower.onRefused(error);
  };
  const lose = (runId: string, group: Group, firstKept: number): void => {
    const behind = [...group.members].filter(({ last }) => last + 1 < firstKept);
    for (const one of behind) group.members.delete(one);
    if (group.members.size > 0) subscribe(runId, group);
    else {
      groups.delete(runId);
      wire.unsubscribe(runId);
    }
    wire.changed();
    for (const { last, follower } of behind)
      follower.onRefused({
        code: EVENTS_GONE,
        message: `events ${last + 1} to ${firstKept - 1} of run ${runId} are no longer kept`,
      });
  };

  return {
    isBehind: (): boolean =>
      [...groups.values()].some((group) => group.target === null || slowest(group) < group.target),
    add: (runId: string, afterSeq: number, follower: RunFollower): (() => void) => {
      const one: Followed = { last: afterSeq, follower };
      const group = groups.get(runId) ?? { members: new Set(), asked: 0, target: null, suspect: null, gapAfter: null };
      groups.set(runId, group);
      group.members.add(one);
      subscribe(runId, group);
      return () => {
        if (!group.members.delete(one) || group.members.size > 0 || groups.get(runId) !== group) return;
        groups.delete(runId);
        if (wire.isOpen()) wire.unsubscribe(runId);
        wire.changed();
      };
    },
    subscribeAll: (): void => {
      for (const [runId, group] of groups) subscribe(runId, group);
    },
    refuseAll: (error: Refusal): void => {
      for (const [runId, group] of groups) refuse(runId, group, error);
      wire.changed();
    },
    take: (event: WireEvent): void => {
      const group = groups.get(event.run_id);
      if (!group) return;
      // Until the subscription is accepted, events of wider rooms or of the previous subscription may run ahead of its
      // replay.
      const at = slowest(group);
      const isGap = group.target !== null && event.seq > at + 1;
      // Requested again, and still missing.
      if (isGap && group.gapAfter === at) return lose(event.run_id, group, event.seq);
      for (const one of group.members) {
        if (event.seq !== one.last + 1) continue;
        one.last = event.seq;
        one.follower.onEvent(event);
      }
      if (isGap) {
        group.gapAfter = at;
        subscribe(event.run_id, group);
      } else wire.changed();
    },
    /**
     * A heartbeat may overtake the events it counts, but a follower that has not moved since the last heartbeat has
     * lost some.
     */
    beat: (runId: string, lastSeq: number): void => {
      const group = groups.get(runId);
      if (!group || group.target === null) return;
      const at = slowest(group);
      if (at >= lastSeq) group.suspect = null;
      else if (group.suspect === at) subscribe(runId, group);
      else group.suspect = at;
    },
  };
};
