/** The definition as the processes load it. */
import { fileURLToPath } from 'node:url';
import { loadPipelines, validateParams } from '@millrace/core/definition';
import { expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../examples/market-data', import.meta.url));

it('is one pipeline of three stages, every quarter of an hour, one run at a time', async () => {
  const { loaded, problems } = await loadPipelines([FOLDER], FOLDER);
  expect(problems).toEqual([]);
  expect(loaded).toHaveLength(1);
  const { pipeline, handlers } = loaded[0] as (typeof loaded)[number];
  expect(pipeline).toMatchObject({
    name: 'market-data',
    overlap: 'skip',
    schedules: [{ cron: '*/15 * * * *', timezone: 'UTC' }],
    stages: [
      { name: 'translator', dependsOn: [] },
      { name: 'analyzer', dependsOn: ['translator'] },
      { name: 'merger', dependsOn: ['analyzer', 'translator'] },
    ],
  });
  expect([...handlers.keys()]).toEqual(['analyzer', 'merger']);
  expect(validateParams(pipeline, {}, null)).toMatchObject({ source: 'all' });
  expect(() => validateParams(pipeline, { source: '../secrets' }, null)).toThrow();
  expect(() => validateParams(pipeline, { source: '--folder=/etc' }, null)).toThrow();
});
