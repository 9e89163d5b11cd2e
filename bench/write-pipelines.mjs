/* Files of pipelines whose stages only wait. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder with one pipeline for each DAG, named by `pipelineOf`; the caller removes it. */
export const writePipelines = (dags) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-dags-'));
  const maker = new URL('workers/dag-pipeline.mjs', import.meta.url).href;
  for (const { name, stages } of dags) {
    const data = join(folder, `${name}.json`);
    writeFileSync(data, JSON.stringify(stages));
    writeFileSync(
      join(folder, `${name}.pipeline.mjs`),
      `import { dagPipeline } from '${maker}';\nexport default dagPipeline('${pipelineOf(name)}', ${JSON.stringify(data)});\n`,
    );
  }
  return folder;
};

export const pipelineOf = (name) => (/^[a-z]/i.test(name) ? name : `wf-${name}`);
