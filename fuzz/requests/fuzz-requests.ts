import type { FuzzedDeployment } from '../deployment.ts';
import type { Findings } from '../findings.ts';
import { randomOf } from '../random.ts';
import { runCases, type UnderWay } from '../run-cases.ts';
import { exchange } from './exchange.ts';
import { judgeOf } from './judge.ts';
import { type FuzzRequest, makeRequest } from './make-request.ts';
import { readDocument } from './operations.ts';

export interface RequestsDone {
  readonly count: number;
  /** Answers by status; `none` for cases whose end nobody waits for. */
  readonly statuses: Readonly<Record<string, number>>;
}

interface Options {
  readonly seed: number;
  readonly cases: readonly number[];
  readonly lanes: number;
  /** ms */
  readonly hungAfterMs: number;
  readonly underWay: UnderWay;
  readonly findings: Findings;
  readonly onCase: (done: number) => Promise<void> | void;
  readonly stop: () => boolean;
}

export const fuzzRequests = async (deployment: FuzzedDeployment, options: Options): Promise<RequestsDone> => {
  const { seed, cases, lanes, hungAfterMs, underWay, findings, onCase, stop } = options;
  const document = readDocument((await deployment.call('GET', '/openapi.json')).json);
  const judge = judgeOf(document, deployment.known.token);
  const statuses: Record<string, number> = {};
  let count = 0;
  await runCases(
    cases.length,
    lanes,
    async (at) => {
      const name = `requests:${cases[at]}`;
      const request = makeRequest(document, deployment.known, randomOf(seed, 'requests', cases[at]!));
      const over = underWay.begin(name);
      const exchanged = await exchange(deployment.port, request, hungAfterMs);
      over();
      const status = exchanged.kind === 'answered' ? String(exchanged.answer.status) : 'none';
      statuses[status] = (statuses[status] ?? 0) + 1;
      for (const what of judge(request, exchanged))
        findings.add(what, name, shown(request, exchanged), exchanged.kind === 'hung');
      count += 1;
      await onCase(count);
    },
    stop,
  );
  return { count, statuses };
};

const shown = ({ bytes }: FuzzRequest, exchanged: Awaited<ReturnType<typeof exchange>>): string => {
  const came =
    exchanged.kind === 'answered'
      ? `${exchanged.answer.status} ${exchanged.answer.body.subarray(0, 500).toString('latin1')}`
      : exchanged.kind;
  return `${bytes.subarray(0, 900).toString('latin1')}\n-> ${came}`;
};
