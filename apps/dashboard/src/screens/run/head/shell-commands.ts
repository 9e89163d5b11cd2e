/** A request to start a run, as curl and as CLI command. */
import type { StartRequest } from '@millrace/client';

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
