/*
 * The yardstick of a makespan: a list schedule (Graham 1966). Whenever a slot is free, it takes, of the stages whose
 * dependencies have ended, the one with the longest path to the end (its critical path; Hu 1961, HLFET in Adam, Chandy
 * and Dickson 1974). Nothing else takes time.
 */

/** The makespan, in the unit of `ms`. stages: {name, ms, dependsOn} in any order, without a cycle. */
export const listSchedule = (stages, slots) => {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const dependants = new Map(stages.map(({ name }) => [name, []]));
  for (const { name, dependsOn } of stages) for (const dependency of dependsOn) dependants.get(dependency).push(name);
  const length = pathLengths(byName, dependants);
  const missing = new Map(stages.map(({ name, dependsOn }) => [name, dependsOn.length]));
  const ready = stages.filter(({ dependsOn }) => dependsOn.length === 0).map(({ name }) => name);
  const running = [];
  let now = 0;

  while (ready.length > 0 || running.length > 0) {
    ready.sort((a, b) => length.get(b) - length.get(a));
    for (const name of ready.splice(0, slots - running.length))
      running.push({ name, until: now + byName.get(name).ms });
    now = Math.min(...running.map(({ until }) => until));
    for (const { name } of takeEnded(running, now))
      for (const next of dependants.get(name)) {
        missing.set(next, missing.get(next) - 1);
        if (missing.get(next) === 0) ready.push(next);
      }
  }
  return now;
};

const takeEnded = (running, now) => {
  const ended = running.filter(({ until }) => until <= now);
  running.splice(0, running.length, ...running.filter(({ until }) => until > now));
  return ended;
};

/** From the beginning of each stage to the end of the longest path from it. */
const pathLengths = (byName, dependants) => {
  const lengths = new Map();
  const lengthOf = (name) => {
    if (!lengths.has(name)) lengths.set(name, byName.get(name).ms + Math.max(0, ...dependants.get(name).map(lengthOf)));
    return lengths.get(name);
  };
  for (const name of byName.keys()) lengthOf(name);
  return lengths;
};
