/* Medians, quantiles and ratios. */

export const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (at - below);
};

/** {median, min, max} of one value a round. */
export const summary = (values) => ({
  median: quantile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
});

/**
 * One figure of all contestants: rounds is a list of {contestant: value}; the ratios are taken within each round,
 * so that what slows the machine down for a while slows both sides.
 */
export const figure = (what, unit, means, rounds) => {
  const of = (name) =>
    rounds.every((round) => Number.isFinite(round[name])) ? summary(rounds.map((round) => round[name])) : null;
  const against = (name) =>
    rounds.every((round) => Number.isFinite(round[name]) && Number.isFinite(round.millrace) && round[name] !== 0)
      ? summary(rounds.map((round) => round.millrace / round[name]))
      : null;
  return {
    what,
    unit,
    means,
    before: of('before'),
    millrace: of('millrace'),
    bullmq_flows: of('flows'),
    bullmq_by_hand: of('byHand'),
    ratio_to_before: against('before'),
    ratio_to_flows: against('flows'),
    ratio_to_by_hand: against('byHand'),
  };
};
