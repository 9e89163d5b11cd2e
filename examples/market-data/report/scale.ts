/** Where a value lies on an axis, and which round values label it. */

export interface Scale {
  readonly from: number;
  readonly to: number;
  /** 0 at `from`, 1 at `to`. */
  at(value: number): number;
}

export const scale = (from: number, to: number): Scale => ({
  from,
  to,
  at: (value) => (to === from ? 0.5 : (value - from) / (to - from)),
});

/** At least `wanted` - 1 round steps (1, 2 or 5 times a power of ten) within the scale, as few as that allows. */
export function roundTicks({ from, to }: Pick<Scale, 'from' | 'to'>, wanted: number): number[] {
  const longest = (to - from) / (wanted - 1);
  if (!(longest > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(longest));
  const step = ([5, 2, 1].find((factor) => factor * power <= longest) ?? 1) * power;
  const ticks: number[] = [];
  // The addition turns -0, which would be printed with its sign, into 0.
  for (let index = Math.ceil(from / step - 1e-9) + 0; index * step <= to + step * 1e-9; index += 1)
    ticks.push(index * step);
  return ticks;
}

export interface Tick {
  /** 0 to 1 along the axis. */
  readonly at: number;
  readonly label: string;
}

/** At most about eight labels on a time axis in days: years, or months of a short series. */
export function timeTicks(days: Scale): Tick[] {
  const first = new Date(days.from * 86_400_000);
  const months = (days.to - days.from) / 30.44;
  const step = months <= 8 ? 1 : months <= 24 ? 3 : 12 * Math.max(1, Math.ceil(months / 12 / 8));
  const ticks: Tick[] = [];
  const start = first.getUTCFullYear() * 12;
  for (let month = start - (start % step); ; month += step) {
    const date = Date.UTC(Math.floor(month / 12), month % 12) / 86_400_000;
    if (date > days.to) return ticks;
    if (date >= days.from)
      ticks.push({
        at: days.at(date),
        label:
          step >= 12
            ? String(Math.floor(month / 12))
            : `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`,
      });
  }
}
