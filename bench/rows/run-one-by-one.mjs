/* Runs one after the other, each awaited by the one who started it. */
import { endingsOf } from '../contestants/endings.mjs';
import { now } from '../workers/marks.mjs';

/**
 * {sent, heard, at(stage)} of each run, ms of the shared clock: the start was sent, its end was heard, and what a body
 * marked under that name. `jobs`: of a run on bare BullMQ. Closes the contestant.
 */
export const runOneByOne = async (contestant, server, { runs, warmUp, jobs }) => {
  const endings = await endingsOf(contestant, server, jobs);
  const all = [];
  try {
    for (let done = 0; done < warmUp + runs; done++) {
      const ended = endings.next();
      const sent = now();
      const run = await contestant.startOne();
      all.push({ run, sent, heard: await ended });
    }
    const marks = new Map((await contestant.marks()).map(([run, mark, time]) => [`${run} ${mark}`, time]));
    return all
      .slice(warmUp)
      .map(({ run, sent, heard }) => ({ sent, heard, at: (mark) => marks.get(`${run} ${mark}`) }));
  } finally {
    await endings.close();
    await contestant.close();
  }
};
