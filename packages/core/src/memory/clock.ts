/** The only time that the twin knows, ms since the epoch. */
export interface Clock {
  now(): number;
}

/** A clock that stands still until it is told to go on: a day passes in no time. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** It is set, ms ahead or back: no time goes by. */
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
