import { gunzipSync } from 'node:zlib';
import { wireProblem } from '@millrace/core/wire';
import { z } from 'zod';
import { SECRET } from '../pipelines.ts';
import type { Exchanged, Answer } from './exchange.ts';
import type { FuzzRequest } from './make-request.ts';
import type { Schema } from '../values/by-schema.ts';
import type { ApiDocument, Operation } from './operations.ts';

/** What is wrong with what came back; empty: nothing. Each is the same words for the same fault. */
export type Judge = (
  request: Pick<FuzzRequest, 'operation' | 'method' | 'target' | 'how'>,
  exchanged: Exchanged,
) => readonly string[];

/** `token`: what no answer may hold. */
export const judgeOf = ({ schemas }: ApiDocument, token: string): Judge => {
  const fits = schemaChecks(schemas);
  const judgeAnswer = ({ operation, method, target }: Parameters<Judge>[0], answer: Answer): readonly string[] => {
    const { status, headers } = answer;
    // Without an id no handler of ours has seen it: that it was meant for an operation says nothing.
    const isParsers = !headers.has('x-request-id');
    const name = isParsers
      ? 'before any handler'
      : operation === null
        ? 'no operation of the document'
        : `${operation.method} ${operation.path}`;
    const type = (headers.get('content-type') ?? '').split(';')[0]!;
    const body = bodyOf(answer);
    const wrong: string[] = [];
    if (status >= 500) wrong.push(`${status} from ${name}${codeOf(body)}`);
    if (
      [token, SECRET].some(
        (secret) => body.includes(secret) || [...headers.values()].some((value) => value.includes(secret)),
      )
    )
      wrong.push(`a secret in the answer of ${name}`);
    if (status !== 101 && headers.get('x-content-type-options') !== 'nosniff')
      wrong.push(`${status} without security headers (${name})`);
    if (status >= 400 && method !== 'HEAD' && !isBoards(target))
      wrong.push(...problemsOfProblem(status, type, body, name));
    if (operation !== null && status < 400) wrong.push(...undeclared(operation, method, answer, type, body, fits));
    return wrong;
  };
  return (request, exchanged) => {
    const name =
      request.operation === null
        ? 'no operation of the document'
        : `${request.operation.method} ${request.operation.path}`;
    switch (exchanged.kind) {
      case 'answered':
        return judgeAnswer(request, exchanged.answer);
      case 'hung':
        return [`no answer from ${name}`];
      case 'refused':
        return ['the API takes no connection'];
      case 'closed':
        return request.how === 'whole' || request.how === 'slow'
          ? [`the connection ended without an answer (${name})`]
          : [];
      case 'left':
        return [];
    }
  };
};

/** Bull Board has errors of its own. */
const isBoards = (target: string): boolean => target.startsWith('/admin/queues/') || target === '/admin/queues';

const bodyOf = ({ headers, body }: Answer): string => {
  if (headers.get('content-encoding') !== 'gzip') return body.toString('utf8');
  try {
    return gunzipSync(body).toString('utf8');
  } catch {
    return '';
  }
};

const codeOf = (body: string): string => {
  const [, code] = /"code":"(\w+)"/.exec(body) ?? [];
  return code === undefined ? '' : ` (${code})`;
};

const problemsOfProblem = (status: number, type: string, body: string, name: string): readonly string[] => {
  if (type !== 'application/problem+json')
    return [`${status} as ${type || 'nothing'} instead of problem+json (${name})`];
  const problem = wireProblem.safeParse(jsonOf(body));
  if (!problem.success)
    return [`${status} whose problem is none: ${problem.error.issues[0]?.path.join('.')} (${name})`];
  if (problem.data.status !== status) return [`a problem of status ${problem.data.status} as ${status} (${name})`];
  return problem.data.errors.length > 100 ? [`more than 100 errors in one answer (${name})`] : [];
};

const undeclared = (
  operation: Operation,
  method: string,
  { status }: Answer,
  type: string,
  body: string,
  fits: Fits,
): readonly string[] => {
  const name = `${operation.method} ${operation.path}`;
  if (status === 304 || status === 206 || status === 101) return [];
  const declared = operation.answers.get(status);
  if (declared === undefined) return [`${status} is not declared for ${name}`];
  if (declared === null || method === 'HEAD') return [];
  const { types, schema } = declared;
  // An artifact is of whatever type it was stored as.
  if (!types.has(type) && !types.has('application/octet-stream'))
    return [`${name} answers ${type} where ${[...types].join(', ')} is declared`];
  if (type !== 'application/json' || schema === null || body.length > LARGEST_CHECKED) return [];
  const problem = fits(operation, status, schema, jsonOf(body));
  return problem === null ? [] : [`the ${status} of ${name} is not of its schema: ${problem}`];
};
const LARGEST_CHECKED = 200_000;

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
};

type Fits = (operation: Operation, status: number, schema: Schema, value: unknown) => string | null;

/** Each schema is compiled once. */
const schemaChecks = (schemas: ApiDocument['schemas']): Fits => {
  const compiled = new Map<string, z.ZodType>();
  const inside = <T>(schema: T): T =>
    JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')) as T;
  const definitions = inside(schemas);
  return ({ method, path }, status, schema, value) => {
    const key = `${method} ${path} ${status}`;
    const check = compiled.get(key) ?? z.fromJSONSchema({ ...inside(schema), $defs: definitions });
    compiled.set(key, check);
    const parsed = check.safeParse(value);
    if (parsed.success) return null;
    const issue = parsed.error.issues[0]!;
    return `${issue.path.map((step) => (typeof step === 'number' ? 'n' : String(step))).join('.')}: ${issue.message}`;
  };
};
