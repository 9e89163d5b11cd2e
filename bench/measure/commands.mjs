/* What Redis was asked, from INFO commandstats, which also counts the commands that scripts call. */

/** Commands with which a worker asks Redis; all else that is counted while only workers ask was called by scripts. */
const ROUND_TRIPS = ['evalsha', 'eval', 'bzpopmin'];
/** Of connecting, asking for these very figures, and queueAtRest's own commands. */
const OURS = new Set(['info', 'hello', 'client', 'auth', 'select', 'ping', 'subscribe', 'command', 'script']);

export const commandCounts = async (redis) => {
  const info = await redis.info('commandstats');
  const counts = {};
  for (const [, name, calls] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    const command = name.split('|')[0];
    counts[command] = (counts[command] ?? 0) + Number(calls);
  }
  return counts;
};

/**
 * From before to after: round trips, script calls among them, and commands called inside scripts. `looks` of
 * queueAtRest are taken off.
 */
export const commandsBetween = (before, after, looks = 0) => {
  const calls = Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
  calls.llen = (calls.llen ?? 0) - 2 * looks;
  calls.zcard = (calls.zcard ?? 0) - 2 * looks;
  const roundTrips = ROUND_TRIPS.reduce((sum, name) => sum + (calls[name] ?? 0), 0);
  const inner = Object.entries(calls).reduce(
    (sum, [name, count]) => (ROUND_TRIPS.includes(name) || OURS.has(name) ? sum : sum + count),
    0,
  );
  return { roundTrips, scriptCalls: (calls.evalsha ?? 0) + (calls.eval ?? 0), inner };
};
