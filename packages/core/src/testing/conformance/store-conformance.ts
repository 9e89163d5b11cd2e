/** The specification that every store meets: registers its tests with vitest. */
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { type Harness, type MakeStore, type Rig, rigOf, type Suite } from './rig.ts';
import { accessSuite } from './suites/access.ts';
import { apartSuite } from './suites/apart.ts';
import { artifactsSuite } from './suites/artifacts.ts';
import { auditSuite } from './suites/audit.ts';
import { cancelSuite } from './suites/cancel.ts';
import { checkpointSuite } from './suites/checkpoint.ts';
import { claimSuite } from './suites/claim.ts';
import { clockStepSuite } from './suites/clock-step.ts';
import { fenceSuite } from './suites/fence.ts';
import { gateSuite } from './suites/gate.ts';
import { leaseSuite } from './suites/lease.ts';
import { outcomeSuite } from './suites/outcome.ts';
import { overlapSuite } from './suites/overlap.ts';
import { parkedSuite } from './suites/parked.ts';
import { pauseSuite } from './suites/pause.ts';
import { pipelineSuite } from './suites/pipeline.ts';
import { readingSuite } from './suites/reading.ts';
import { rerunSuite } from './suites/rerun.ts';
import { rescueSuite } from './suites/rescue.ts';
import { retrySuite } from './suites/retry.ts';
import { retriedRunSuite } from './suites/retried-run.ts';
import { scheduleSuite } from './suites/schedule.ts';
import { shapeSuite } from './suites/shape.ts';
import { rulesSuite } from './suites/rules.ts';
import { startSuite } from './suites/start.ts';
import { sweepSuite } from './suites/sweep.ts';
import { teardownSuite } from './suites/teardown.ts';
import { timeoutSuite } from './suites/timeout.ts';

const SUITES: readonly Suite[] = [
  pipelineSuite,
  startSuite,
  overlapSuite,
  scheduleSuite,
  claimSuite,
  outcomeSuite,
  rulesSuite,
  teardownSuite,
  artifactsSuite,
  parkedSuite,
  shapeSuite,
  retrySuite,
  retriedRunSuite,
  cancelSuite,
  pauseSuite,
  rerunSuite,
  gateSuite,
  leaseSuite,
  rescueSuite,
  apartSuite,
  fenceSuite,
  checkpointSuite,
  timeoutSuite,
  clockStepSuite,
  sweepSuite,
  readingSuite,
  accessSuite,
  auditSuite,
];

/** Each test gets its own store; after each, every run in it must meet the invariants (`checkRunLog`). */
export const storeConformance = (name: string, makeStore: MakeStore): void => {
  describe(`${name} conforms`, () => {
    let harness: Harness;
    let rig: Rig;
    beforeEach(async () => {
      harness = await makeStore();
      rig = rigOf(harness);
    });
    afterEach(async () => {
      try {
        expect(await rig.violations()).toEqual([]);
      } finally {
        await harness.close();
      }
    });
    for (const suite of SUITES) suite(() => rig);
  });
};
