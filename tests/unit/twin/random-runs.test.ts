/** The twin keeps its promises whatever is done to it, and two twins decide alike. */
import { manualClock, memoryStore } from '@millrace/core/memory';
import { differential, type Harness, randomRuns } from '@millrace/core/testing/conformance';
import { randomly } from '../../random-options.ts';

const makeTwin = async (): Promise<Harness> => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: () => 0 });
  return { store, feed: store, advanceTime: async (ms) => clock.advance(ms), close: async () => {} };
};

const makeCutTwin = async (): Promise<Harness> => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: () => 0, stagesPerStep: 2 });
  return { store, feed: store, advanceTime: async (ms) => clock.advance(ms), close: async () => {} };
};

/** Each reading of this clock is another instant, as with a real one. */
const makeHurriedTwin = async (): Promise<Harness> => {
  const clock = manualClock(1_000);
  const now = (): number => {
    clock.advance(1);
    return clock.now();
  };
  const store = memoryStore({ clock: { now }, random: () => 0.9 });
  return { store, feed: store, advanceTime: async (ms) => clock.advance(ms), close: async () => {} };
};

randomRuns('the memory store that touches two stages a step', makeCutTwin, { ...randomly(100), everyCommand: true });
randomRuns('the memory store', makeTwin, { ...randomly(1_000), everyCommand: true });
differential('two memory stores with other clocks', makeTwin, makeHurriedTwin, randomly(100));
