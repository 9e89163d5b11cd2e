/* A run of many stages: its graph is opened, panned and zoomed; then its timeline is scrolled. */
import { setTimeout as delay } from 'node:timers/promises';
import { pipelineOf } from '../../write-pipelines.mjs';
import { openMeasured } from '../open-measured.mjs';

const STEP_MS = 30;

export const bigRun = async ({ deployment, counts, dag, say }) => {
  say(`a run of ${dag.stages.length} stages`);
  const runId = await deployment.start(pipelineOf(dag.name));
  await deployment.untilRun(runId, 'succeeded');
  const { page, measured, close } = await openMeasured(deployment, `/runs/${runId}?tab=timeline`);
  const view = (name) => page.getByRole('navigation', { name: 'Run views' }).getByRole('link', { name });
  const graph = page.getByRole('group', { name: 'Stage graph' });
  const timeline = page.getByRole('region', { name: 'Stage timeline' });
  await timeline.waitFor();

  const steps = async (count, act) => {
    for (let n = 0; n < count; n++) {
      await act(n);
      await delay(STEP_MS);
    }
  };
  const pan = async () => {
    const { x, y, width, height } = await graph.boundingBox();
    await page.mouse.move(x + width / 2, y + height - 40);
    await page.mouse.down();
    await steps(counts.moves, (n) =>
      page.mouse.move(x + width / 2 + 200 * Math.sin(n / 6), y + height / 2 + 100 * Math.cos(n / 6)),
    );
    await page.mouse.up();
  };
  const zoom = async () => {
    await page.keyboard.down('Control');
    await steps(counts.moves, (n) => page.mouse.wheel(0, n < counts.moves / 2 ? -120 : 120));
    await page.keyboard.up('Control');
  };
  const scroll = async () => {
    await timeline.hover();
    await steps(counts.moves, (n) => page.mouse.wheel(0, n < counts.moves / 2 ? 700 : -700));
  };
  const title = `run of ${dag.stages.length} stages`;
  const rows = [];
  rows.push(
    await measured(`${title}: graph opened`, async () => {
      await view('Graph').click();
      await graph.waitFor();
    }),
  );
  await graph.hover();
  rows.push(await measured(`${title}: graph panned`, pan), await measured(`${title}: graph zoomed`, zoom));
  rows.push(
    await measured(`${title}: timeline opened`, async () => {
      await view('Timeline').click();
      await timeline.waitFor();
    }),
    await measured(`${title}: timeline scrolled`, scroll),
  );
  await close();
  return rows;
};
