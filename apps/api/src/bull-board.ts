import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import type { RequestHandler } from 'express';
import { storeError } from '@millrace/core/redis';
import type { ApiDeps } from './api-deps.ts';
import { type Access, principalOf } from './http/access.ts';
import { basicPasswordOf, mayActAs } from './http/roles.ts';

export const BOARD_PATH = '/admin/queues';
/** How long the list of queues is taken as it is, ms. */
const REFRESH_MS = 2_000;

/** Bull Board over the queues of this deployment: `runs`, where each run is a flow, and the pools with its stages. Read-only. */
export const bullBoard = ({ redis, keys, store }: Pick<ApiDeps, 'redis' | 'keys' | 'store'>) => {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Millrace', hideDocsLink: true, showWorkers: false, pollingInterval: { forceInterval: 5 } } },
  });
  // What the board cannot do is answered as everything else here.
  adapter.setErrorHandler((error: Error & { readonly status?: number }) => {
    // A body that its parser refuses has its status already.
    throw (error.status ?? 500) < 500 ? error : storeError(error, 'the board', redis);
  });
  const queues = new Map<string, Queue>();
  let refreshedAt = -Infinity;

  const add = (name: string, description: string) => {
    if (queues.has(name)) return;
    // Its meta belongs to the engine's scripts: a board must not write it.
    const queue = new Queue(name, { connection: redis, prefix: keys.queuePrefix, skipMetasUpdate: true });
    queue.on('error', () => {});
    queues.set(name, queue);
    board.addQueue(new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false, description }));
  };
  add('runs', 'Each run is a flow: its stages are the children. Millrace keeps the truth about it: this is how BullMQ sees it.');

  /** Pools appear with the pipelines and workers that name them. */
  const refresh: RequestHandler = async (_request, _response, next) => {
    if (performance.now() - refreshedAt > REFRESH_MS) {
      for (const { queue } of await store.queues()) add(queue, 'A pool: stages that its workers run');
      refreshedAt = performance.now();
    }
    next();
  };

  return {
    handlers: [refresh, adapter.getRouter() as RequestHandler],
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
};

/** A page that is signed in is let in; another browser asks for a password, which is the token, whatever the name; programs send the bearer token. */
export const adminOnly =
  (access: Access): RequestHandler =>
  (request, response, next) => {
    const principal = principalOf(access, request) ?? access.tokens(basicPasswordOf(request.headers.authorization));
    if (principal && mayActAs(principal, 'admin')) return next();
    response.status(401).setHeader('WWW-Authenticate', 'Basic realm="Millrace: the admin token is the password", charset="UTF-8"');
    response.type('text/plain').send('The admin token is needed: as the password of any user name, or as "Authorization: Bearer <token>".\n');
  };
