/** A request to start a run like another one: as JSON, curl and CLI command. */
import type { StartRequest } from '@millrace/client';
import type { Run } from '@millrace/core/domain';

type Given = Pick<Run, 'params' | 'mode' | 'labels' | 'stages'>;

/** `stagesInAll`: stages of the pipeline; null: unknown. A partial run names its stages. */
export const requestOf = ({ params, mode, labels, stages }: Given, stagesInAll: number | null): StartRequest => ({
  ...(Object.keys(params).length === 0 ? {} : { params }),
  ...(mode === null ? {} : { mode }),
  ...(Object.keys(labels).length === 0 ? {} : { labels }),
  ...(stagesInAll === null || stages.length >= stagesInAll
    ? {}
    : { stages: stages.map(({ stage }) => stage as string) }),
});

/** For a POSIX shell. The token is not included: it is read from `MILLRACE_TOKEN`. */
export const curlOf = (origin: string, pipeline: string, request: StartRequest): string =>
  [
    `curl -X POST ${quoted(`${origin}/api/v1/pipelines/${encodeURIComponent(pipeline)}/runs`)}`,
    `-H "Authorization: Bearer $MILLRACE_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(request))}`,
  ].join(' \\\n  ');

export const cliOf = (pipeline: string, { params = {}, mode, labels = {}, stages = [] }: StartRequest): string =>
  [
    `npx millrace run ${quoted(pipeline)}`,
    ...(mode === undefined ? [] : [`--mode ${quoted(mode)}`]),
    ...Object.entries(params).map(
      ([name, value]) => `--param ${quoted(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)}`,
    ),
    ...Object.entries(labels).map(([name, value]) => `--label ${quoted(`${name}=${value}`)}`),
    ...stages.map((stage) => `--stage ${quoted(stage)}`),
  ].join(' ');

/** Quotes any text as one shell word. */
const quoted = (text: string): string => (/^[\w./:=@,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
