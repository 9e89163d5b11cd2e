import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LIMITS, MillraceError } from '@millrace/core/domain';
import type { Request, Response } from 'express';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { audited } from './audited.ts';
import { type Access, principalOf, sessionOf } from './access.ts';
import type { Call, Reply, Route } from './define-route.ts';
import { withinLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { bearerOf, checkRole, type Principal } from './roles.ts';
import { validate } from './validate.ts';

/** The route that takes a request, and the path's parameters, decoded. */
export interface Found {
  readonly route: Route;
  /** The route's path as metrics name it: `/api/v1/runs/:run_id`. */
  readonly pattern: string;
  readonly params: Params;
}
type Params = Readonly<Record<string, string>>;

/**
 * Finds a request's route in the table. Paths are case-sensitive, and a slash at the end counts. Null: there is
 * nothing at the path.
 * @throws MillraceError `method_not_allowed` when other methods are taken there, which `Allow` then names;
 * `malformed_request` when the path cannot be decoded
 */
export const routeFinder = (routes: readonly Route[]) => {
  const router = findMyWay({ maxParamLength: LIMITS.header_bytes, onBadUrl: () => {} });
  for (const route of routes) {
    const pattern = route.path.replace(/\{(\w+)\}/g, ':$1');
    router.on(methodsOf(route), pattern, () => {}, { route, pattern });
  }
  return (method: string, path: string, response: ServerResponse): Found | null => {
    const found = router.find(method as HTTPMethod, path);
    if (found?.store) return { ...(found.store as Pick<Found, 'route' | 'pattern'>), params: found.params as Params };
    if (found) throw new MillraceError('malformed_request', `the path cannot be decoded: ${path.slice(0, 200)}`);
    const allowed = METHODS.filter((other) => router.find(other, path) !== null);
    if (allowed.length === 0) return null;
    response.setHeader('Allow', allowed.join(', '));
    throw new MillraceError('method_not_allowed', `${path} takes ${allowed.join(', ')}, not ${method}`);
  };
};

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const methodsOf = ({ method }: Route): HTTPMethod[] =>
  method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase() as HTTPMethod];

export interface Serving {
  readonly access: Access;
  /** Put before the path of each `Location`. */
  readonly basePath: string;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** Serves a request by its route: authorise, read, validate, answer. */
export const serve = async (
  { route, params: inPath }: Found,
  request: Request,
  response: Response,
  { access, basePath, stopping }: Serving,
): Promise<void> => {
  const principal = route.role === null ? null : authorise(request, route, access);
  const body = route.body === null ? undefined : await readBody(request);
  const [params, query, checked] = validate([
    { at: '', schema: route.params, value: inPath },
    { at: 'query', schema: route.query, value: request.query },
    ...(route.body === null ? [] : [{ at: '', schema: route.body, value: body }]),
  ]);
  let signal: AbortSignal | undefined;
  const call = {
    params,
    query,
    body: checked,
    principal,
    header: (name: string) => request.get(name),
    get signal() {
      return (signal ??= endOf({ request, response, principal }, access, stopping));
    },
    request,
  } as Call;
  const reply = await withinLimits(access.store, route, call, () => audited(route, call, access.audit));
  await send(request, response, reply, basePath);
};

interface Open {
  readonly request: Request;
  readonly response: Response;
  readonly principal: Principal | null;
}

/**
 * Aborted when the client disconnects, when its token or session ends, or when the server stops. Created on demand: few
 * routes use it, and each costs.
 */
const endOf = ({ request, response, principal }: Open, access: Access, stopping: AbortSignal): AbortSignal => {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  const session = sessionOf(access, request);
  const forget =
    principal === null
      ? () => {}
      : access.open.add({
          isOver: () => access.isOver(principal, session),
          // One that waits for its client to read does not end by itself.
          end: () => (gone.signal.aborted ? response.destroy() : gone.abort()),
        });
  response.once('close', () => {
    forget();
    gone.abort();
  });
  return AbortSignal.any([gone.signal, stopping]);
};

const authorise = (request: Request, route: Route, access: Access): Principal => {
  const principal = principalOf(access, request);
  if (!principal) {
    const sent = bearerOf(request.headers.authorization) !== null;
    throw new MillraceError(
      'unauthenticated',
      sent
        ? 'the token is not one of this deployment, was revoked, or has expired'
        : 'sign in, or send "Authorization: Bearer <token>"',
    );
  }
  checkRole(principal, route.role!);
  return principal;
};

const send = async (request: Request, response: Response, reply: Reply, basePath: string): Promise<void> => {
  if (typeof reply === 'function') return reply(response);
  for (const [name, value] of Object.entries(reply.headers ?? {}))
    response.setHeader(name, name === 'Location' ? basePath + value : value);
  response.statusCode = reply.status;
  const text = JSON.stringify(reply.json);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  if (text === undefined || text.length < GZIP_FROM) return end(request, response, text);
  response.vary('Accept-Encoding');
  if (request.acceptsEncodings('gzip', 'identity') !== 'gzip') return void response.send(text);
  response.setHeader('Content-Encoding', 'gzip');
  end(request, response, await compressed(text));
};

/** Express's `send` makes an ETag, and answers 304 and HEAD: what changes something does without. */
const end = (request: Request, response: Response, body: string | Buffer | undefined): void =>
  void (request.method === 'GET' || request.method === 'HEAD' ? response.send(body) : response.end(body));

/** JSON shorter than this is not compressed: it fits in a few packets anyway. Characters. */
const GZIP_FROM = 4_096;
const compressed = promisify(gzip) as (text: string) => Promise<Buffer>;
