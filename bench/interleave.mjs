/* Rounds in which all contestants take turns, so that what slows the machine down for a while slows each of them. */

/**
 * {results: what `once` answered by name, one object a round; notes}. An earlier version that cannot run a row, because
 * its interface differs, is left out with a note; anybody else's failure is the bench's.
 */
export const interleave = async ({ contestants, rounds, once, progress }) => {
  const results = [];
  const notes = [];
  let taking = contestants;
  for (let round = 0; round < rounds; round++) {
    const result = {};
    for (const contestant of taking) {
      try {
        result[contestant.name] = await once(contestant);
      } catch (error) {
        if (contestant.name !== 'before') throw error;
        taking = taking.filter((other) => other !== contestant);
        notes.push(cannotRun(error));
      }
    }
    results.push(result);
    progress(`round ${round + 1}/${rounds}`);
  }
  return { results, notes };
};

export const cannotRun = (error) => `before: cannot run this row: ${error.message.split('\n')[0]}`;

/** What each contestant got in each round: `value` of what `once` answered. */
export const each = (results, value) =>
  results.map((result) => Object.fromEntries(Object.entries(result).map(([name, one]) => [name, value(one)])));
