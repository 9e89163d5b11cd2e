/** What a deployment has been through before its screens are looked at. */
import { waitFor } from '@millrace/core/testing';
import type { WireGate, WireTick } from '@millrace/core/wire';
import type { Deployment } from '../deployment.ts';
import type { Ground } from './screens.ts';

/** Only a start that no worker serves: for a deployment without workers. */
export const idleGround = async (deployment: Deployment): Promise<Ground> => ({
  runId: await deployment.start('slow'),
  stage: 'prepare',
  pipeline: 'scheduled',
  schedule: 'new-year',
  gate: '',
});

/** A run that goes on until `letSlowEnd`; the schedule that is due meanwhile was skipped for it at least once. */
export const busyGround = async (deployment: Deployment): Promise<Ground> => {
  const runId = await deployment.start('slow');
  await deployment.untilRun(runId, 'running');
  await deployment.call('POST', '/api/v1/schedules', { id: 'often', pipeline: 'slow', every: '2s' });
  await untilTick(deployment, 'often', ({ reason }) => reason === 'overlap');
  const gate = await waitingGate(deployment);
  return { runId, stage: 'wait', pipeline: 'slow', schedule: 'often', gate: gate.gate_id };
};

/** A run that failed, started by a schedule that was paused for it. */
export const failedGround = async (deployment: Deployment): Promise<Ground> => {
  await deployment.call('POST', '/api/v1/schedules', { id: 'broken', pipeline: 'failing', every: '1s' });
  const { run_id: runId } = await untilTick(deployment, 'broken', ({ outcome }) => outcome === 'fired');
  await deployment.call('POST', '/api/v1/schedules/broken/pause', { note: 'it fails' });
  // A paused schedule's ticks are recorded too: a page of the ledger must not fill up with them.
  await deployment.call('PATCH', '/api/v1/schedules/broken', { every: '1h' });
  await deployment.untilRun(runId!, 'failed');
  const { gate_id: gate, shown_digest } = await waitingGate(deployment);
  await deployment.call('POST', `/api/v1/gates/${gate}/reject`, { shown_digest, notes: 'it is wrong' });
  return { runId: runId!, stage: 'load', pipeline: 'failing', schedule: 'broken', gate };
};

const waitingGate = async (deployment: Deployment): Promise<WireGate> => {
  const { gates } = await deployment.untilRun(await deployment.start('gated'), 'awaiting_gate');
  return deployment.call('GET', `/api/v1/gates/${gates![0]!.gate_id}`);
};

const untilTick = (deployment: Deployment, schedule: string, wanted: (tick: WireTick) => boolean): Promise<WireTick> =>
  waitFor(
    async () => {
      const { items } = await deployment.call<{ readonly items: readonly WireTick[] }>(
        'GET',
        `/api/v1/schedules/${schedule}/ticks`,
      );
      const tick = items.find(wanted);
      if (tick === undefined) throw new Error(`its ticks: ${JSON.stringify(items)}`);
      return tick;
    },
    { timeoutMs: 30_000, what: `a tick of ${schedule}` },
  );
