/** The twin's only source of time, ms since the epoch. */
export interface Clock {
  now(): number;
}

/** A clock that moves only when advanced: a day passes in no time. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Sets the clock ahead or back, ms, without time passing. */
  step(ms: number): void;
}

export const manualClock = (startsAt = Date.UTC(2026, 0, 5, 12)): ManualClock => {
  let time = startsAt;
  return {
    now: () => time,
    advance: (ms) => {
      if (!(ms >= 0)) throw new RangeError(`time cannot go back: ${ms} ms`);
      time += ms;
    },
    step: (ms) => {
      time += ms;
    },
  };
};
