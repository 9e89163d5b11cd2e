import type { AdvanceAnswer, Claim } from '../ports/index.ts';

/** A claim that its slot was granted before BullMQ asked for it; its stage runs already. */
export interface Stocked {
  readonly slot: string;
  readonly answer: AdvanceAnswer & { readonly claim: Claim };
}

/**
 * The places of one queue's consumer: a worker never holds more than these. BullMQ asks for one job at a time, each ask under a token of its own;
 * one script fills several places, and what BullMQ has not asked for yet is in stock. Names are used again: what a lost reply granted a place is
 * redelivered by its next ask.
 */
export const slotsOf = (queue: string, concurrency: number) => {
  const free = Array.from({ length: concurrency }, (_, place) => `${queue}:${place}`).reverse();
  const byToken = new Map<string, string>();
  const stock: Stocked[] = [];
  return {
    stock,
    /** The token's place; undefined: all are taken. */
    take: (token: string): string | undefined => {
      const slot = byToken.get(token) ?? free.pop();
      if (slot !== undefined) byToken.set(token, slot);
      return slot;
    },
    of: (token: string): string | undefined => byToken.get(token),
    /** So many more at most, for no token yet. */
    takeMore: (most: number): readonly string[] => free.splice(Math.max(0, free.length - most)).reverse(),
    giveBack: (slot: string): void => void free.push(slot),
    /** The first of the stock is the token's from now on. */
    unstock: (token: string): Stocked | undefined => {
      const next = stock.shift();
      if (next) byToken.set(token, next.slot);
      return next;
    },
    /** The token holds nothing any more. */
    release: (token: string): void => {
      const slot = byToken.get(token);
      if (slot !== undefined) free.push(slot);
      byToken.delete(token);
    },
  };
};
export type Slots = ReturnType<typeof slotsOf>;

/** One script fills so many at most: about 1 ms. */
const MOST = 16;
const NOTHING: AdvanceAnswer = { recorded: null, claim: null, nextDueAt: 0, unregistered: false, holdsOff: true, expand: [] };

/**
 * Fills idle slots. Two ask at first, and twice as many each time that all of them were granted something: a short queue is shared among the workers
 * that wait for it, a long one is taken in few calls.
 */
export const filling = (slots: Slots, ask: (slot: string) => Promise<AdvanceAnswer>, onStocked: () => void) => {
  let asks = 2;
  // The queue was just seen to be empty: BullMQ need not ask again before it waits.
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
      // What another slot was granted is this token's, if there is any.
      slots.release(token);
      return slots.unstock(token)?.answer ?? first;
    },
    /** What was known of the queue holds no longer. */
    forget: (): void => {
      empty = null;
      asks = 2;
    },
  };
};
