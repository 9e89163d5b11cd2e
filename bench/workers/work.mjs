/* What the bodies of the bench do, and the names of those in a chain. */

/** s0, s1, … */
export const chainNames = (length) => Array.from({ length }, (_, place) => `s${place}`);

/** The naive one: 178 calls for 10, 11 million for 33. */
export const fibo = (n) => (n <= 1 ? n : fibo(n - 1) + fibo(n - 2));

/**
 * Keeps the core busy for as many ms of undisturbed work: a fixed number of turns, as many as the fastest of some
 * trials did in a ms.
 */
export const busyWork = (ms) => turn(Math.round(ms * turnsPerMs()));

const TRIAL = 200_000;
const TRIALS = 50;
let known = null;
let sink = 1;

const turn = (times) => {
  let value = sink;
  for (let done = 0; done < times; done++) value = (value * 1.000_000_1 + 0.5) % 1_000;
  sink = value;
};

const turnsPerMs = () => {
  if (known !== null) return known;
  let fastest = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const from = performance.now();
    turn(TRIAL);
    fastest = Math.max(fastest, TRIAL / (performance.now() - from));
  }
  known = fastest;
  return known;
};
