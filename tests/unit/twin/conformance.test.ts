/** The in-memory twin meets the specification that the Redis store meets. */
import { manualClock, memoryStore } from '@millrace/core/memory';
import { storeConformance } from '@millrace/core/testing/conformance';

storeConformance('the memory store', async () => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: Math.random });
  return { store, feed: store, control: store, advanceTime: async (ms) => clock.advance(ms), close: async () => {} };
});
