/* A run that says 100 lines a second, on each of its tabs for a while. */
import { openMeasured } from '../open-measured.mjs';

const PER_SECOND = 100;

export const busyRun = async ({ deployment, counts, say }) => {
  say(`${PER_SECOND} events a second on an open run page`);
  const rows = [];
  for (const tab of ['graph', 'events', 'logs']) {
    const runId = await deployment.start('chatty', { lines: counts.events, per_second: PER_SECOND });
    await deployment.untilRun(runId, 'running');
    const { measured, close } = await openMeasured(deployment, `/runs/${runId}?tab=${tab}`);
    rows.push(await measured(`${PER_SECOND} events/s: ${tab}`, () => deployment.untilRun(runId, 'succeeded')));
    await close();
  }
  return rows;
};
