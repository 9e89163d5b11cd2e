/** Maps instants to positions on the axis, 0..1. Long idle stretches can be folded. Pure. */

export interface Span {
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
}
export interface TimeScale {
  readonly span: Span;
  /** Clamped to 0..1. */
  at(ms: number): number;
  instantAt(share: number): number;
  /** Folded stretches. */
  readonly folded: readonly Span[];
}

/** Share of the axis that a fold takes. */
const FOLD_SHARE = 0.02;
/** Idle stretches below this share of the span are not folded. */
const WORTH_FOLDING = 0.06;

/** `busy`: when anything ran or waited; needed only for folding, else empty. */
export const timeScale = (span: Span, busy: readonly Span[] = []): TimeScale => {
  const whole = Math.max(1, span.to - span.from);
  const folded =
    busy.length === 0 ? [] : idleIn(span, busy).filter(({ from, to }) => to - from > whole * WORTH_FOLDING);
  const foldedMs = folded.reduce((sum, { from, to }) => sum + to - from, 0);
  const share = Math.min(FOLD_SHARE, 0.3 / Math.max(1, folded.length));
  /** Share of the axis per ms outside of folds. */
  const perMs = (1 - share * folded.length) / Math.max(1, whole - foldedMs);
  return {
    span,
    folded,
    at: (ms) => {
      const at = Math.min(Math.max(ms, span.from), span.to);
      let place = (at - span.from) * perMs;
      for (const { from, to } of folded) {
        const inside = Math.min(Math.max(at, from), to) - from;
        place += (inside / (to - from)) * share - inside * perMs;
      }
      return Math.min(1, Math.max(0, place));
    },
    instantAt: (place) => {
      let left = Math.min(1, Math.max(0, place));
      let at = span.from;
      for (const { from, to } of folded) {
        const before = (from - at) * perMs;
        if (left <= before) return at + left / perMs;
        left -= before;
        if (left <= share) return from + (left / share) * (to - from);
        left -= share;
        at = to;
      }
      return Math.min(span.to, at + left / perMs);
    },
  };
};

const idleIn = (span: Span, busy: readonly Span[]): readonly Span[] => {
  const idle: Span[] = [];
  let reached = span.from;
  for (const { from, to } of busy.toSorted((a, b) => a.from - b.from)) {
    if (from > reached) idle.push({ from: reached, to: Math.min(from, span.to) });
    reached = Math.max(reached, to);
    if (reached >= span.to) return idle;
  }
  if (reached < span.to) idle.push({ from: reached, to: span.to });
  return idle;
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30].map((count) => count * DAY),
];

/** A round tick distance that gives at most `most` ticks in the span, ms. */
export const tickStep = (ms: number, most: number): number =>
  STEPS.find((step) => ms / step <= most) ?? Math.ceil(ms / most / DAY) * DAY;

/** Ticks at round distances from the start of the run; those within folds are left out. */
export const ticksOf = ({ span, folded }: TimeScale, origin: number, most: number): readonly number[] => {
  const foldedMs = folded.reduce((sum, { from, to }) => sum + to - from, 0);
  const step = tickStep(span.to - span.from - foldedMs, most);
  const ticks: number[] = [];
  let at = origin + Math.ceil((span.from - origin) / step) * step;
  while (at <= span.to && ticks.length < 200) {
    const fold = folded.find(({ from, to }) => at > from && at < to);
    if (fold) at = origin + Math.ceil((fold.to - origin) / step) * step;
    else {
      ticks.push(at);
      at += step;
    }
  }
  return ticks;
};

/** End of a live axis, rounded up so that bars grow while the axis stays still. */
export const roundedEnd = (from: number, now: number): number => {
  const step = tickStep(Math.max(now - from, 1_000), 8);
  return from + (Math.floor((now - from) / step) + 1) * step;
};
