/** Who follows which run over the one socket, how far each of them is, and what must be asked for again. */
import { ERRORS } from '@millrace/core/domain';
import type { WireEvent, WireRun } from '@millrace/core/wire';

export interface RunFollower {
  /** Events after the last one handed over, in order, each once, whatever happens to the connection. */
  onEvent(event: WireEvent): void;
  /** The run does not exist (any more), the session is over, or events that are next are no longer kept (`EVENTS_GONE`). Nothing comes after this. */
  onRefused(error: Refusal): void;
}
/** Code of a refusal that the client makes itself: who follows must read the run anew, and go on from there. */
export const EVENTS_GONE = 'events_gone';
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
export type Answer = { readonly ok: true; readonly snapshot: { readonly status: WireRun } } | { readonly ok: false; readonly error: Refusal };

/** Whether the same request may be taken later: the API's Redis is away, say. */
export const isPassing = ({ code }: Refusal): boolean => Object.hasOwn(ERRORS, code) && ERRORS[code as keyof typeof ERRORS].retryable;

interface Followed {
  last: number;
  readonly follower: RunFollower;
}
/** The followers of one run share one subscription, from where the slowest of them is. */
interface Group {
  readonly members: Set<Followed>;
  /** Of the newest subscription: answers to those before it say nothing any more. */
  asked: number;
  /** Up to where that subscription replays; null: the server has not taken it yet. */
  target: number | null;
  /** How far the slowest was at a heartbeat that it was behind. */
  suspect: number | null;
  /** How far the slowest was when an event came that does not follow. */
  gapAfter: number | null;
}

export interface Wire {
  isOpen(): boolean;
  subscribe(runId: string, afterSeq: number, answered: (answer: Answer) => void): void;
  unsubscribe(runId: string): void;
  /** Asks again when some time has passed. */
  later(act: () => void): void;
  /** Somebody is behind who was not, or the other way round. */
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
      follower.onRefused({ code: EVENTS_GONE, message: `events ${last + 1} to ${firstKept - 1} of run ${runId} are no longer kept` });
  };

  return {
    isBehind: (): boolean => [...groups.values()].some((group) => group.target === null || slowest(group) < group.target),
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
      // Until the subscription is taken, events of wider rooms or of the one before may run ahead of its replay.
      const at = slowest(group);
      const isGap = group.target !== null && event.seq > at + 1;
      // Asked for again, it still did not come.
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
    /** A heartbeat may overtake the events that it counts, but who is where they were at the one before has lost some. */
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
