/* Minimum effective task granularity (Slaughter et al., Task Bench, SC 2020). */

/**
 * The grain, in the unit of `grain`, at which efficiency is `least`: between two measured grains it is interpolated on
 * the logarithm of the grain. null: it never falls below `least`, or never reaches it. points: {grain, efficiency}, in
 * any order.
 */
export const metg = (points, least = 0.5) => {
  const coarseFirst = [...points].sort((a, b) => b.grain - a.grain);
  const below = coarseFirst.findIndex(({ efficiency }) => efficiency < least);
  if (below < 1) return null;
  const [fine, coarse] = [coarseFirst[below], coarseFirst[below - 1]];
  const share = (least - fine.efficiency) / (coarse.efficiency - fine.efficiency);
  return fine.grain * (coarse.grain / fine.grain) ** share;
};
