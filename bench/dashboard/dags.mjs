/* The pipelines of the sessions. */
import { realDags } from '../dags.mjs';

/**
 * The largest of the real ones (1,738 stages); where they are not, as many in layers. Its stages take 1 ms each, for
 * nobody watches them.
 */
export const bigDag = (quick) => {
  const real = quick ? null : realDags();
  const dag =
    real?.reduce((largest, next) => (next.stages.length > largest.stages.length ? next : largest)) ??
    layered(quick ? 100 : 1_738, 80);
  return { name: dag.name, stages: dag.stages.map((stage) => ({ ...stage, ms: 1 })) };
};

/** What the listed runs are runs of. */
export const tinyDag = () => ({ name: 'tiny', stages: [{ name: 'only', ms: 1, dependsOn: [] }] });

/** Each stage needs three of the layer before. */
const layered = (count, width) => ({
  name: `layered_${count}`,
  stages: Array.from({ length: count }, (_, n) => ({
    name: `s${n}`,
    dependsOn:
      n < width
        ? []
        : [...new Set([0, 7, 31].map((shift) => `s${(Math.floor(n / width) - 1) * width + ((n + shift) % width)}`))],
  })),
});
