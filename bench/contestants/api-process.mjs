/* The API in a process of its own, as it is deployed; of this build, or of another one's folder. */
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@millrace/core/embedded';
import { startChild } from './child-process.mjs';

export const TOKEN = 'a-token-of-the-bench-0123456789';
const HERE = new URL('../../', import.meta.url);

/** `build`: the root of a built checkout; absent: this one. */
export const startApi = async (server, { pipelines, dataDir, deployment, build = null, env = {} }) => {
  const port = await freePort(null);
  const root = build === null ? HERE : pathToFileURL(`${build}/`);
  const child = startChild(new URL('apps/api/dist/main.js', root), {
    REDIS_URL: server.url,
    MILLRACE_PREFIX: deployment,
    MILLRACE_PIPELINES: pipelines,
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_PORT: String(port),
    MILLRACE_ADMIN_TOKEN: TOKEN,
    LOG_LEVEL: 'error',
    ...env,
  });
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    ))
  )
    await delay(20);
  return { url, host: `127.0.0.1:${port}`, pid: child.pid, stop: child.stop };
};
