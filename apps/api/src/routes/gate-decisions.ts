import { ERRORS, LIMITS, MillraceError } from '@millrace/core/domain';
import {
  OFFERED_VERBS,
  toWireProblem,
  type WireGateResult,
  type WireListedGate,
  wireGateResult,
} from '@millrace/core/wire';
import { z } from 'zod';
import { listedGate } from '../gate-views.ts';
import type { Access } from '../http/access.ts';
import { audited } from '../http/audited.ts';
import { type Call, defineRoute, ok, type Route } from '../http/define-route.ts';
import { withinLimits } from '../http/limits.ts';
import { decisionHeaders } from './gate-command.ts';
import { decisionBody, decisionRoutes } from './gates.ts';

const body = z.strictObject({
  decisions: z
    .array(decisionBody.extend({ gate_id: z.string(), verb: z.enum(OFFERED_VERBS) }))
    .min(1)
    .max(LIMITS.gate_decisions),
});

/**
 * Several decisions in one request. Each is served as its own request would be, one after the other, with its own
 * refusal, its own limits and its own entry in the audit log.
 */
export const gateDecisionsRoute = ({ store, audit }: Pick<Access, 'store' | 'audit'>): Route => {
  const routes = decisionRoutes(store, async (gate, principal) => listedGate(gate, principal, await store.now()));
  const decide = async (
    { gate_id, verb, ...asked }: z.output<typeof body>['decisions'][number],
    batch: Pick<Call, 'header' | 'principal' | 'request' | 'signal'>,
  ): Promise<WireGateResult> => {
    const { header, principal, request } = batch;
    const call: Call = {
      header,
      principal,
      request,
      query: {},
      params: { gate_id },
      body: asked,
      get signal() {
        return batch.signal;
      },
    };
    try {
      const route = routes[verb];
      const reply = await withinLimits(store, route, call, () => audited(route, call, audit));
      if (typeof reply === 'function') throw new TypeError('a decision is answered as JSON');
      return { gate_id, verb, status: reply.status, gate: reply.json as WireListedGate, problem: null };
    } catch (error) {
      if (!(error instanceof MillraceError)) request.log.error({ err: error, gate_id }, 'a decision failed');
      const refusal = error instanceof MillraceError ? error : new MillraceError('internal', ERRORS.internal.title);
      return { gate_id, verb, status: refusal.status, gate: null, problem: toWireProblem(refusal) };
    }
  };
  return defineRoute({
    method: 'post',
    path: '/api/v1/gates/decisions',
    summary: 'Several decisions, made one after the other: one result each, in order, each done or refused by itself',
    tag: 'gates',
    role: 'operator',
    reach: 'none',
    headers: decisionHeaders,
    body,
    audit: { after: () => null },
    responses: { 200: { description: 'The results', schema: z.object({ items: z.array(wireGateResult) }) } },
    handler: async (call) => {
      const items: WireGateResult[] = [];
      for (const one of call.body.decisions) items.push(await decide(one, call));
      return ok({ items });
    },
  });
};
