import { createBullBoard } from '@bull-board/api';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import type { RequestHandler } from 'express';
import { RUNS_QUEUE } from '@millrace/core/bullmq';
import { flowReadings, storeError } from '@millrace/core/redis';
import type { ApiDeps } from './api-deps.ts';
import { connectedWorkers } from './bull-board/connected-workers.ts';
import { recentWork } from './bull-board/recent-work.ts';
import { RunsAdapter } from './bull-board/runs-adapter.ts';
import { StagesAdapter } from './bull-board/stages-adapter.ts';
import { type Access, callerOf, principalOf } from './http/access.ts';
import { BOARD_ROLE } from './http/other-roles.ts';
import { checkRole } from './http/roles.ts';

export const BOARD_PATH = '/admin/queues';
/** How long the list of queues is cached, ms. */
const REFRESH_MS = 2_000;

/**
 * Bull Board over the queues of this deployment: `runs`, where each run is a flow, and the pools with its stages.
 * Read-only.
 */
export const bullBoard = ({ redis, keys, store, config }: Pick<ApiDeps, 'redis' | 'keys' | 'store' | 'config'>) => {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(config.basePath + BOARD_PATH);
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Millrace', hideDocsLink: true, pollingInterval: { forceInterval: 5 } } },
  });
  // Errors of the board are answered like all others.
  adapter.setErrorHandler((error: Error & { readonly status?: number }) => {
    // An error of the body parser carries its status.
    throw (error.status ?? 500) < 500 ? error : storeError(error, 'the board', redis);
  });
  const queues = new Map<string, Queue>();
  const queue = (name: string): Queue => {
    const known = queues.get(name);
    if (known) return known;
    // The queue's meta belongs to the engine's scripts: a board must not write it.
    const made = new Queue(name, { connection: redis, prefix: keys.queuePrefix, skipMetasUpdate: true });
    made.on('error', () => {});
    queues.set(name, made);
    return made;
  };
  const flows = flowReadings(redis, keys, { get: store.pipeline });
  const source = { flows, store, queue, recent: recentWork(flows), workers: connectedWorkers(store) };
  board.addQueue(
    new RunsAdapter(
      queue(RUNS_QUEUE),
      source,
      'Each run is a flow: its stages are the children. Of those that ended, the newest 1,000.',
    ),
  );
  const pools = new Set<string>();
  let refreshedAt = -Infinity;

  /** Pools appear with the pipelines and workers that name them. */
  const refresh: RequestHandler = async (_request, _response, next) => {
    if (performance.now() - refreshedAt > REFRESH_MS) {
      for (const { queue: pool } of await store.queues()) {
        if (pools.has(pool)) continue;
        pools.add(pool);
        board.addQueue(
          new StagesAdapter(
            queue(pool),
            source,
            'A pool: stages that its workers run. Of those that ended, those of the newest 1,000 runs.',
          ),
        );
      }
      refreshedAt = performance.now();
    }
    next();
  };

  return {
    handlers: [refresh, adapter.getRouter() as RequestHandler],
    close: async () => {
      await Promise.all([...queues.values()].map((one) => one.close()));
    },
  };
};

/**
 * Accepts a signed-in page's session, a bearer token, or Basic authentication with the token as password and any user
 * name.
 */
export const adminOnly =
  (access: Access): RequestHandler =>
  (request, response, next) => {
    const principal = principalOf(access, request) ?? callerOf(access, request).shown;
    if (principal) {
      checkRole(principal, BOARD_ROLE);
      return next();
    }
    response
      .status(401)
      .setHeader('WWW-Authenticate', 'Basic realm="Millrace: the admin token is the password", charset="UTF-8"');
    response
      .type('text/plain')
      .send('The admin token is needed: as the password of any user name, or as "Authorization: Bearer <token>".\n');
  };
