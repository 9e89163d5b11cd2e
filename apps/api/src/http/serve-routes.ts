import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { MillraceError } from '@millrace/core/domain';
import { type Request, type Response, Router } from 'express';
import { type Access, principalOf } from './access.ts';
import type { Call, Reply, Route } from './define-route.ts';
import { readBody } from './read-body.ts';
import { bearerOf, mayActAs, type Principal } from './roles.ts';
import { validate } from './validate.ts';

/**
 * Serves the route table as an Express router: authorise, read, validate, answer. A known path with another verb is a
 * 405.
 */
export const serveRoutes = (routes: readonly Route[], access: Access, stopping: AbortSignal): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  for (const route of routes)
    router[route.method](expressPath(route.path), (request, response) =>
      serve(route, request, response, access, stopping),
    );
  for (const [path, methods] of methodsByPath(routes))
    router.all(expressPath(path), (request, response) => {
      response.setHeader('Allow', methods.join(', '));
      throw new MillraceError(
        'method_not_allowed',
        `${request.path} takes ${methods.join(', ')}, not ${request.method}`,
      );
    });
  return router;
};

const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

const serve = async (
  route: Route,
  request: Request,
  response: Response,
  access: Access,
  stopping: AbortSignal,
): Promise<void> => {
  const principal = route.role === null ? null : authorise(request, route, access);
  const body = route.body === null ? undefined : await readBody(request);
  const [params, query, checked] = validate([
    { at: '', schema: route.params, value: request.params },
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
      return (signal ??= endOf(response, stopping));
    },
    request,
  } as Call;
  await send(request, response, await route.handler(call));
};

/** Aborted when the client disconnects or the server stops. Created on demand: few routes use it, and each costs. */
const endOf = (response: Response, stopping: AbortSignal): AbortSignal => {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  response.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, stopping]);
};

const authorise = (request: Request, route: Route, access: Access): Principal => {
  const principal = principalOf(access, request);
  if (!principal) {
    const sent = bearerOf(request.headers.authorization) !== null;
    throw new MillraceError(
      'unauthenticated',
      sent ? 'the token is not one of this deployment' : 'sign in, or send "Authorization: Bearer <token>"',
    );
  }
  if (!mayActAs(principal, route.role!))
    throw new MillraceError('forbidden', `this needs the role ${route.role}; the token has ${principal.role}`);
  return principal;
};

const send = async (request: Request, response: Response, reply: Reply): Promise<void> => {
  if (typeof reply === 'function') return reply(response);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  response.status(reply.status);
  const text = JSON.stringify(reply.json);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  if (text === undefined || text.length < GZIP_FROM) return void response.send(text);
  response.vary('Accept-Encoding');
  if (request.acceptsEncodings('gzip', 'identity') !== 'gzip') return void response.send(text);
  response.setHeader('Content-Encoding', 'gzip').send(await compressed(text));
};

/** JSON shorter than this is not compressed: it fits in a few packets anyway. Characters. */
const GZIP_FROM = 4_096;
const compressed = promisify(gzip) as (text: string) => Promise<Buffer>;

const methodsByPath = (routes: readonly Route[]): ReadonlyMap<string, readonly string[]> => {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes)
    methods.set(path, [...(methods.get(path) ?? []), ...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])]);
  return methods;
};
