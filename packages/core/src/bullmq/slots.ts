import type { AdvanceAnswer, Claim } from '../ports/index.ts';

/** A claim granted to a slot before BullMQ polled for it; its stage already runs. */
export interface Stocked {
  readonly slot: string;
  readonly answer: AdvanceAnswer & { readonly claim: Claim };
}

/**
 * The slots of one queue's consumer, which bound what a worker holds. BullMQ polls for one job at a time, each poll
 * with its own token; one script fills several slots, and claims that BullMQ has not polled for yet are in stock. Slot
 * names are reused, so that the next request redelivers a claim whose reply was lost.
 */
export const slotsOf = (queue: string, concurrency: number) => {
  const free = Array.from({ length: concurrency }, (_, place) => `${queue}:${place}`).reverse();
  const byToken = new Map<string, string>();
  const stock: Stocked[] = [];
  return {
    stock,
    /** The token's slot; undefined: all are taken. */
    take: (token: string): string | undefined => {
      const slot = byToken.get(token) ?? free.pop();
      if (slot !== undefined) byToken.set(token, slot);
      return slot;
    },
    of: (token: string): string | undefined => byToken.get(token),
    /** At most this many further slots, not yet assigned to a token. */
    takeMore: (most: number): readonly string[] => free.splice(Math.max(0, free.length - most)).reverse(),
    giveBack: (slot: string): void => void free.push(slot),
    /** Assigns the first claim in stock to the token. */
    unstock: (token: string): Stocked | undefined => {
      const next = stock.shift();
      if (next) byToken.set(token, next.slot);
      return next;
    },
    /** The token's slot is free again. */
    release: (token: string): void => {
      const slot = byToken.get(token);
      if (slot !== undefined) free.push(slot);
      byToken.delete(token);
    },
  };
};
export type Slots = ReturnType<typeof slotsOf>;

/** Maximum slots filled by one script: about 1 ms. */
const MOST = 16;
const NOTHING: AdvanceAnswer = {
  recorded: null,
  claim: null,
  nextDueAt: 0,
  unregistered: false,
  holdsOff: true,
  expand: [],
};

/**
 * Fills idle slots. Starts with two, and doubles each time all of them get a claim: waiting workers share a short
 * queue, and a long one is drained in few calls.
 */
export const filling = (slots: Slots, ask: (slot: string) => Promise<AdvanceAnswer>, onStocked: () => void) => {
  let asks = 2;
  // The queue was just found empty, so BullMQ need not poll again before it waits.
  let empty: AdvanceAnswer | null = null;

  const askMore = async (slot: string): Promise<AdvanceAnswer | null> => {
    const answer = await ask(slot).catch(() => null);
    if (answer?.claim) slots.stock.push({ slot, answer: { ...answer, claim: answer.claim } });
    else slots.giveBack(slot);
    return answer;
  };

  return {
    next: async (token: string): Promise<AdvanceAnswer> => {
      const stocked = slots.unstock(token);
      if (stocked) return stocked.answer;
      if (empty) {
        const known = empty;
        empty = null;
        slots.release(token);
        return known;
      }
      const slot = slots.take(token);
      if (slot === undefined) return NOTHING;
      const [first, ...more] = await Promise.all([ask(slot), ...slots.takeMore(asks - 1).map(askMore)]);
      const answers = [first, ...more].filter((answer) => answer !== null);
      empty = answers.find(({ claim }) => claim === null) ?? null;
      asks = empty === null ? Math.min(asks * 2, MOST) : 2;
      if (slots.stock.length > 0) onStocked();
      if (first.claim) return first;
      empty = null;
      // Give this token a claim granted to another slot, if any.
      slots.release(token);
      return slots.unstock(token)?.answer ?? first;
    },
    /** Discards what was known about the queue. */
    forget: (): void => {
      empty = null;
      asks = 2;
    },
  };
};
