import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@millrace/client';
import { formatDuration } from '@millrace/core/domain';
import type { WireRun } from '@millrace/core/wire';
import { allPipelines } from '../commands/pipelines.ts';
import { plainProgress } from '../progress.ts';
import { overlappingRun } from '../refusals.ts';
import { errorLine, paintStatus } from '../show-run.ts';
import type { Terminal } from '../terminal.ts';

/** Runs the default pipeline once: prints its progress, then where its reports are. */
export const runDefault = async (
  api: Client,
  terminal: Terminal,
  defaultPipeline: string | null,
  dataDir: string,
): Promise<void> => {
  const pipelines = await allPipelines(api);
  const name = defaultPipeline ?? pipelines[0]?.name;
  if (name === undefined) return terminal.say('no pipeline to run');
  const runId = await startOrJoin(api, name);
  terminal.say(`run ${runId} of ${terminal.paint('bold', name)}`);
  const progress = plainProgress(terminal);
  for await (const event of api.followEvents(runId)) progress.show(event);
  const run = await api.run(runId);
  terminal.say(
    `${paintStatus(terminal, run.status, `the run ${run.status}`)}${run.duration_ms === null ? '' : ` in ${formatDuration(run.duration_ms)}`}${run.error ? `: ${errorLine(run.error)}` : ''}`,
  );
  for (const path of await saveReports(api, run, join(dataDir, 'reports', runId)))
    terminal.say(`report: ${terminal.paint('cyan', path)}`);
};

/** A run that is already live is shown instead. */
const startOrJoin = async (api: Client, pipeline: string): Promise<string> => {
  try {
    return (await api.start(pipeline, { reason: 'millrace up' })).run_id;
  } catch (error) {
    const live = overlappingRun(error);
    if (live === null) throw error;
    return live;
  }
};

/** Copies reports under their own names: the store names files by digest. */
const saveReports = async (api: Client, run: WireRun, folder: string): Promise<readonly string[]> => {
  const { items } = await api.artifacts(run.run_id, { limit: 500 });
  const reports = items.filter((artifact) => /\.(html?|pdf)$|^[^/]+\.mp4$/i.test(artifact.name));
  const saved: string[] = [];
  for (const report of reports) {
    const content = await api.artifactContent(run.run_id, report.artifact_id);
    const file = join(folder, report.name.replace(/[^\w.-]+/g, '_'));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, Buffer.from(await content.arrayBuffer()), { mode: 0o600 });
    saved.push(file);
  }
  return saved;
};
