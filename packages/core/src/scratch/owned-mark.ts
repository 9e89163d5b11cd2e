import { self, startOf } from './owned-name.ts';

/*
 * A mark as a number instead of a name: the owner's place (14 bits, never 0), pid (22 bits, the maximum on Linux) and
 * start (10 bits), then 16 bits that distinguish its marks. Below 2^62, so it fits a resource limit.
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
/** A mark unique to this process; repeats only after 65,536 others. */
export const ownedMark = (): string => String(BigInt(ownerNumber()) * BigInt(MARKS) + BigInt(made++ % MARKS));

/** Also false for anything but a mark of this place. */
export const isMarkOfTheDead = (mark: string): boolean => {
  const owner = Number(BigInt(mark) / BigInt(MARKS));
  const pid = Math.floor(owner / STARTS) % PIDS;
  if (Math.floor(owner / STARTS / PIDS) !== placeNumber()) return false;
  const start = startOf(pid);
  return start === null || startNumber(start) !== owner % STARTS;
};
