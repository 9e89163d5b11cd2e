import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Role } from '@millrace/core/domain';
import type { BegunEntry } from '@millrace/core/engine';
import { type Reach, reachOfPath } from './limits.ts';
import type { Principal } from './roles.ts';

/** One entry of the route table: what validates, authorises and documents a path and verb. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As in OpenAPI: `/api/v1/runs/{run_id}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** Null: no authentication needed. */
  readonly role: Role | null;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  /** Request headers to document. */
  readonly headers: z.ZodObject | null;
  readonly responses: Readonly<Record<number, ResponseSpec>>;
  readonly handler: (call: Call) => Promise<Reply>;
  readonly reach: Reach;
  /** Null: it changes nothing, and has no entry in the audit log. */
  readonly audit: Audit | null;
}

/** What an operation's entry in the audit log says besides what each says. */
export interface Audit<C = Call> {
  /** Read before the change: what is changed. Default: nothing. */
  readonly before?: (call: C) => Promise<unknown>;
  /** From the answer's JSON; of either, the fields of AUDITED are kept. Default: the JSON itself. */
  readonly after?: (json: unknown) => unknown;
  /** The command that makes the change opens the entry: the handler passes it on (`Call.entry`). */
  readonly carried?: boolean;
  /** Who does it, on an open route; null: nobody who is known, and no entry is made. */
  readonly who?: (call: C) => Principal | null;
}

export interface ResponseSpec {
  readonly description: string;
  /** Schema of the JSON body; without it `contentType` gives the type, and without either there is no body. */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
  /** Content types returned instead if the query asks for them. */
  readonly otherTypes?: readonly string[];
}

export interface Call<P = Record<string, string>, Q = Record<string, unknown>, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Null on an open route. */
  readonly principal: Principal | null;
  readonly header: (name: string) => string | undefined;
  /** Aborts when the client disconnects or the server stops. */
  readonly signal: AbortSignal;
  readonly request: Request;
  /** The operation's entry in the audit log, if its route says `carried`. */
  readonly entry?: BegunEntry;
}

/** A JSON answer, or a function that writes the response itself. */
export type Reply =
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | ((response: Response) => Promise<void> | void);

export const ok = (json: unknown, headers?: Readonly<Record<string, string>>): Reply => ({
  status: 200,
  json,
  ...(headers === undefined ? {} : { headers }),
});

type Shape = z.ZodObject | undefined;
type Out<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : Record<string, never>;

/** A route whose handler receives the parsed and validated request. */
export const defineRoute = <
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends z.ZodType | undefined = undefined,
>(spec: {
  readonly method: Route['method'];
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly role: Role | null;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly headers?: z.ZodObject;
  readonly responses: Route['responses'];
  /** Default: by the parameters of its path. */
  readonly reach?: Reach<Call<Out<P>, Out<Q>, B extends z.ZodType ? z.output<B> : undefined>>;
  /** Default: whatever is no GET is audited. */
  readonly audit?: Audit<Call<Out<P>, Out<Q>, B extends z.ZodType ? z.output<B> : undefined>>;
  readonly handler: (call: Call<Out<P>, Out<Q>, B extends z.ZodType ? z.output<B> : undefined>) => Promise<Reply>;
}): Route => ({
  ...spec,
  params: spec.params ?? NOTHING,
  query: spec.query ?? NOTHING,
  body: spec.body ?? null,
  headers: spec.headers ?? null,
  reach: (spec.reach ?? reachOfPath(spec.path)) as Reach,
  audit: spec.method === 'get' ? null : ((spec.audit ?? {}) as Audit),
  // Unchecked like the one above: `serve` passes both what these schemas parsed.
  handler: spec.handler as unknown as Route['handler'],
});

const NOTHING = z.strictObject({});
