/* S4 on a real log: a stage starts only after all of its dependencies succeeded. */

/** Throws with the stage that did not wait, or that did not run exactly once. */
export const checkOrder = async (store, runId, { name, stages }) => {
  const succeeded = new Map();
  const started = new Map();
  for (let afterSeq = 0; ; ) {
    const events = await store.events(runId, { afterSeq, limit: 1_000 });
    if (events.length === 0) break;
    for (const { seq, type, stage } of events) {
      if (type === 'stage.started') started.set(stage, seq);
      if (type === 'stage.succeeded') succeeded.set(stage, seq);
      afterSeq = seq;
    }
  }
  if (succeeded.size !== stages.length)
    throw new Error(`${name}: ${succeeded.size} of ${stages.length} stages succeeded`);
  for (const { name: stage, dependsOn } of stages)
    for (const dependency of dependsOn)
      if (succeeded.get(dependency) > started.get(stage))
        throw new Error(`${name}: stage ${stage} started before ${dependency} had succeeded`);
};
