import { self, startOf } from './owned-name.ts';

/*
 * What a process marks with a number instead of a name: place (14 bits, never 0), pid (22 bits, the most that Linux gives) and
 * start (10 bits) of the owner, then 16 bits that tell its marks apart. Fewer than 2^62, which a resource limit holds.
 */
const PLACES = 2 ** 14;
const PIDS = 2 ** 22;
const STARTS = 2 ** 10;
const MARKS = 65_536;

const placeNumber = (): number => (Number.parseInt(self().place, 16) % (PLACES - 1)) + 1;
const startNumber = (start: string): number => Number(start) % STARTS;

/** This process, as a number. */
export const ownerNumber = (): number => (placeNumber() * PIDS + process.pid) * STARTS + startNumber(self().start);

let made = 0;
/** One that no other process has, and this one not again before it made 65,536 others. */
export const ownedMark = (): string => String(BigInt(ownerNumber()) * BigInt(MARKS) + BigInt(made++ % MARKS));

/** False also for what is no mark of this place. */
export const isMarkOfTheDead = (mark: string): boolean => {
  const owner = Number(BigInt(mark) / BigInt(MARKS));
  const pid = Math.floor(owner / STARTS) % PIDS;
  if (Math.floor(owner / STARTS / PIDS) !== placeNumber()) return false;
  const start = startOf(pid);
  return start === null || startNumber(start) !== owner % STARTS;
};
