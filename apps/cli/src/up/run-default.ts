import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration } from '@millrace/core/domain';
import type { WireArtifact, WirePipeline, WireRun } from '@millrace/core/wire';
import type { ApiClient } from '../api-client.ts';
import { everyItem } from '../every-item.ts';
import { followRun, getRun } from '../follow-run.ts';
import { overlappingRun } from '../overlapping-run.ts';
import { plainProgress } from '../progress.ts';
import { errorLine, paintStatus } from '../show-run.ts';
import type { Terminal } from '../terminal.ts';

/** Runs the default pipeline once: its stages are told as they go, then where its reports are. */
export const runDefault = async (api: ApiClient, terminal: Terminal, defaultPipeline: string | null, dataDir: string): Promise<void> => {
  const pipelines = await everyItem<WirePipeline>(api, '/api/v1/pipelines');
  const name = defaultPipeline ?? pipelines[0]?.name;
  if (name === undefined) return terminal.say('there is no pipeline to run');
  const runId = await startOrJoin(api, name);
  terminal.say(`run ${runId} of ${terminal.paint('bold', name)}`);
  const progress = plainProgress(terminal);
  for await (const event of followRun(api, runId)) progress.show(event);
  const run = await getRun(api, runId);
  terminal.say(
    `${paintStatus(terminal, run.status, `the run ${run.status}`)}${run.duration_ms === null ? '' : ` in ${formatDuration(run.duration_ms)}`}${run.error ? `: ${errorLine(run.error)}` : ''}`,
  );
  for (const path of await saveReports(api, run, join(dataDir, 'reports', runId))) terminal.say(`report: ${terminal.paint('cyan', path)}`);
};

/** A run that is live already is the one to show. */
const startOrJoin = async (api: ApiClient, pipeline: string): Promise<string> => {
  try {
    return (await api.post<WireRun>(`/api/v1/pipelines/${encodeURIComponent(pipeline)}/runs`, { reason: 'millrace up' })).run_id;
  } catch (error) {
    const live = overlappingRun(error);
    if (live === null) throw error;
    return live;
  }
};

/** Artifacts that people read, under their own names: the store keeps bytes by digest. */
const saveReports = async (api: ApiClient, run: WireRun, folder: string): Promise<readonly string[]> => {
  const path = `/api/v1/runs/${run.run_id}/artifacts`;
  const { items } = await api.get<{ items: readonly WireArtifact[] }>(path, { limit: 500 });
  const reports = items.filter((artifact) => /\.(html?|pdf)$/i.test(artifact.name));
  const saved: string[] = [];
  for (const report of reports) {
    const content = await api.open(`${path}/${encodeURIComponent(report.artifact_id)}/content`);
    const file = join(folder, report.name.replace(/[^\w.-]+/g, '_'));
    await mkdir(folder, { recursive: true });
    await writeFile(file, Buffer.from(await content.arrayBuffer()));
    saved.push(file);
  }
  return saved;
};
