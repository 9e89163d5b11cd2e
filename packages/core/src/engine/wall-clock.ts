const DAY = 86_400_000;

/**
 * The instants (ms since the epoch, in order) at which clocks in the zone show `wall`, a wall-clock time written as if
 * it were UTC. A skipped time yields one instant: the one at which the clock would have shown it without the change. A
 * repeated time yields the first, or with `twice` both.
 */
export const instantsOf = (timezone: string, wall: number, twice: boolean): readonly number[] => {
  const [before, after] = offsetsAround(timezone, wall);
  if (before === after) return [wall - before];
  const early = wall - before;
  const late = wall - after;
  const earlyIsReal = offsetAt(timezone, early) === before;
  const lateIsReal = offsetAt(timezone, late) === after;
  if (earlyIsReal && lateIsReal && twice) return [early, late];
  return [!earlyIsReal && lateIsReal ? late : early];
};

/** Wall-clock time in the zone at an instant (ms), with offset: "2026-07-01T06:00:00+02:00". */
export const wallTime = (timezone: string, instant: number): string => {
  const offset = offsetAt(timezone, instant);
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const two = (number: number) => String(number).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  return `${new Date(instant + offset).toISOString().slice(0, -5)}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};

/** The smallest and largest offset from UTC (ms, positive east) in the days around a time. */
export const leastOffset = (timezone: string, at: number): number => Math.min(...offsetsAround(timezone, at));
export const greatestOffset = (timezone: string, at: number): number => Math.max(...offsetsAround(timezone, at));

/** The offsets a day or two before and after; they differ if the clocks change in between. */
const offsetsAround = (timezone: string, at: number): readonly [number, number] => {
  const day = Math.floor(at / DAY);
  return [dayOffset(timezone, day - 1), dayOffset(timezone, day + 2)];
};

/** Cache of offsets: looked up for each tick, but only one per zone and day. */
const dayOffset = (timezone: string, day: number): number => {
  const key = `${timezone} ${day}`;
  let offset = dayOffsets.get(key);
  if (offset === undefined) {
    if (dayOffsets.size > 10_000) dayOffsets.clear();
    offset = offsetAt(timezone, day * DAY);
    dayOffsets.set(key, offset);
  }
  return offset;
};
const dayOffsets = new Map<string, number>();

const offsetAt = (timezone: string, instant: number): number => {
  const parts = formatOf(timezone).formatToParts(instant);
  const {
    year = 0,
    month = 1,
    day = 1,
    hour = 0,
    minute = 0,
    second = 0,
  } = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second);
  return seconds - Math.floor(instant / 1_000) * 1_000;
};

const formatOf = (timezone: string): Intl.DateTimeFormat => {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  return format;
};
const formats = new Map<string, Intl.DateTimeFormat>();
