import { wireProblem } from '@millrace/core/wire';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import type { Route } from './define-route.ts';

/**
 * The OpenAPI 3.1 document of the routes, generated from the validating schemas. `cookie`: name of the session cookie.
 */
export const openApiOf = (
  routes: readonly Route[],
  { version, cookie, basePath }: { readonly version: string; readonly cookie: string; readonly basePath: string },
): object => {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version,
      description: 'Pipelines on one Redis.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    ...(basePath === '' ? {} : { servers: [{ url: basePath }] }),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: cookie },
      },
    },
    paths,
  });
};

const operationOf = (route: Route): ZodOpenApiOperationObject => ({
  operationId: operationId(route),
  summary: route.summary,
  tags: [route.tag],
  security: route.role === null ? [] : [{ bearer: [] }, { session: [] }],
  ...(route.role === null
    ? {}
    : { description: `Needs the role ${route.role}.`, 'x-role': route.role, 'x-reach': reachKind(route) }),
  ...(route.audit === null ? {} : { 'x-audited': true }),
  requestParams: {
    path: route.params,
    query: route.query,
    ...(route.headers === null ? {} : { header: route.headers }),
  },
  ...(route.body === null ? {} : { requestBody: { content: { 'application/json': { schema: route.body } } } }),
  responses: responsesOf(route),
});

/** How a token that is limited to pipelines is held to them. */
const reachKind = ({ reach, path }: Route): string => {
  if (typeof reach === 'string') return reach;
  if (reach.pipelineOfItem !== undefined) return 'items';
  return reach.pipelineOf === undefined ? /\{(pipeline|run_id|schedule_id|gate_id)\}/.exec(path)![1]! : 'pipeline';
};

const TEXT = { type: 'string' as const };

const operationId = ({ method, path }: Route): string =>
  [method, ...path.split('/').filter((part) => part !== '' && part !== 'api')]
    .join('_')
    .replace(/[{}]/g, '')
    .replace(/\W+/g, '_');

const responsesOf = (route: Route): ZodOpenApiResponsesObject => {
  const served = Object.entries(route.responses).map(
    ([status, { description, schema, contentType, otherTypes = [] }]) => {
      if (schema === undefined && contentType === undefined) return [status, { description }];
      const others = otherTypes.map((type) => [type, { schema: TEXT }]);
      return [
        status,
        {
          description,
          content: { [contentType ?? 'application/json']: { schema: schema ?? TEXT }, ...Object.fromEntries(others) },
        },
      ];
    },
  );
  const problem = {
    description: 'A problem (RFC 9457)',
    content: { 'application/problem+json': { schema: wireProblem } },
  };
  return { ...Object.fromEntries(served), default: problem } as ZodOpenApiResponsesObject;
};
