/* The API of a contestant's version in a process of its own, as it is deployed. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@millrace/core/embedded';
import { startChild } from './child-process.mjs';

export const TOKEN = 'a-token-of-the-bench-0123456789';

/** Beyond any row: what one client asks a minute is not what is measured. */
const REQUESTS_PER_MINUTE = 10_000_000;

export const startApi = async (server, { version, pipelines, dataDir, deployment }, env = {}) => {
  const port = await freePort(null);
  const child = startChild(pathToFileURL(resolve(version.root, 'apps/api/dist/main.js')), {
    REDIS_URL: server.url,
    MILLRACE_PREFIX: deployment,
    MILLRACE_PIPELINES: pipelines,
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_PORT: String(port),
    MILLRACE_ADMIN_TOKEN: TOKEN,
    MILLRACE_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE),
    LOG_LEVEL: 'error',
    ...env,
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
  while (!(await Promise.race([answers(), child.failed]))) await delay(20);
  return { url, host: `127.0.0.1:${port}`, pid: child.pid, stop: child.stop };
};
