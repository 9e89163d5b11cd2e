/* Files of pipelines whose stages only wait. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/**
 * A new folder with one pipeline for each DAG, named by `pipelineOf`, for the version with this `bench` folder; the
 * caller removes it.
 */
export const writePipelines = (dags, bench = HERE) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-dags-'));
  const maker = pathToFileURL(join(bench, 'workers/dag-pipeline.mjs')).href;
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
