/* A page whose main thread is watched. */
import { fileURLToPath } from 'node:url';
import { visit } from '../../tests/browser/visit.ts';
import { quantile } from '../measure/statistics.mjs';

const RECORDER = fileURLToPath(new URL('recorder.js', import.meta.url));

/** Opens the path twice: the first load compiles and caches, and is measured by nobody. */
export const openMeasured = async (deployment, path) => {
  const visited = await visit(deployment, path);
  const { page, context } = visited;
  await context.addInitScript({ path: RECORDER });
  await page.goto(path);
  const debuggerOf = await context.newCDPSession(page);
  await debuggerOf.send('Performance.enable');

  const heap = async () => {
    await debuggerOf.send('HeapProfiler.collectGarbage');
    const { metrics } = await debuggerOf.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'JSHeapUsedSize').value / 2 ** 20;
  };
  return {
    page,
    /** One row: what the main thread went through while `act` did what a reader does. */
    measured: async (what, act) => {
      await page.evaluate('recorder.start()');
      await act();
      const recorded = await page.evaluate('recorder.stop()');
      return rowOf(what, recorded, await heap());
    },
    close: () => {
      const complaints = visited.complaints();
      if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
      return visited.close();
    },
  };
};

const rowOf = (what, { tasks, events, longFrames, frames }, heapMib) => ({
  what,
  longest_task_ms: Math.round(Math.max(0, ...tasks)),
  tasks_over_50_ms: tasks.length,
  tasks_over_100_ms: tasks.filter((duration) => duration > 100).length,
  slowest_event_ms: Math.round(Math.max(0, ...events.map(({ duration }) => duration))),
  frames: frames.length,
  frames_per_second:
    frames.length === 0 ? 0 : Math.round((1_000 * frames.length) / frames.reduce((sum, frame) => sum + frame)),
  frame_p99_ms: frames.length === 0 ? 0 : Math.round(quantile(frames, 0.99)),
  heap_mib: Number(heapMib.toFixed(1)),
  worst_frame: longFrames.sort((a, b) => b.blockingDuration - a.blockingDuration)[0] ?? null,
});
