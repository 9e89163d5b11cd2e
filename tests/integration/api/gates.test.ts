/** Gates over HTTP: what is shown to whom, who may decide, and that a decision counts once and for what was shown. */
import { createHash } from 'node:crypto';
import { canonicalJson, type Pipeline, type RunId } from '@millrace/core/domain';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type Answered, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

const FORM = '{ type: object, required: [title], properties: { title: { type: string, maxLength: 10 } } }';
const gated = (name: string, gate: string) => `
name: ${name}
overlap: allow
stages:
  draft: { run: { command: [x] } }
  review: { depends_on: [draft], gate: ${gate} }
  publish: { depends_on: [review], run: { command: [x] } }
`;

let deployed: DeployedApi;
let worker: Awaited<ReturnType<DeployedApi['worker']>>;
const pipelines: Record<string, Pipeline> = {};
const tokens: Record<string, string> = {};
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'), { requestsPerMinute: 100_000 });
  for (const [name, gate] of Object.entries({
    plain: '{ timeout: 1h, on_timeout: reject }',
    form: `{ form: ${FORM} }`,
    two: '{ quorum: 2, starter_may_approve: false }',
    ann: '{ approvers: [ann] }',
  }))
    pipelines[name] = await deployed.register(gated(name, gate));
  pipelines['ordered'] = await deployed.register(`
name: ordered
overlap: allow
stages:
  first: { gate: {} }
  second: { gate: { depends_on: [first] } }
`);
  worker = await deployed.worker();
  for (const [name, body] of Object.entries({
    ann: { role: 'operator' },
    bob: { role: 'operator' },
    eve: { role: 'viewer' },
    'only-form': { role: 'operator', pipelines: ['form'] },
  }))
    tokens[name] = (await deployed.post('/api/v1/tokens', { name, ...body })).json.token;
  return () => deployed.end();
});

const digestOf = (value: unknown) => createHash('sha256').update(canonicalJson(value)).digest('hex');

interface Shown {
  readonly output?: unknown;
  readonly report?: string;
}
/** The next stage of the run; stages of runs that were approved before are run to their end. */
const claimOf = async (runId: RunId) => {
  for (;;) {
    const claim = await worker.claim();
    if (claim.runId === runId) return claim;
    await worker.succeed(claim);
  }
};
/** A run that waits at its gate, which shows the output and a report of `draft`. */
const waiting = async (name: string, { output = { words: 12 }, report = '<h1>a report</h1>' }: Shown = {}) => {
  const { run_id: runId } = (await deployed.post(`/api/v1/pipelines/${name}/runs`)).json as { run_id: RunId };
  const draft = await claimOf(runId);
  const stored = await deployed.putArtifact(runId, report);
  const artifact = { id: `${draft.runId}-a`, name: 'report.html', ...stored, content_type: 'text/html' };
  await worker.report(draft, [{ type: 'stage.artifact', data: artifact }]);
  await worker.succeed(draft, output);
  const artifacts = [{ artifactId: artifact.id, name: artifact.name, digest: artifact.sha256 }];
  const shown = [{ stage: 'draft' as never, generation: 1, outputDigest: digestOf(output), artifacts, more: 0 }];
  await worker.openGate(await claimOf(runId), pipelines[name]!, shown);
  const { gates } = (await deployed.get(`/api/v1/runs/${runId}`)).json;
  return { runId, gate: await read(gates[0].gate_id) };
};
const read = async (gateId: string, token = TOKEN): Promise<Answered> =>
  (await deployed.get(`/api/v1/gates/${gateId}`, { token })).json;
const decide = (gate: Answered, verb: string, body: object = {}, token = TOKEN, headers = {}) =>
  deployed.call('POST', `/api/v1/gates/${gate.gate_id}/${verb}`, {
    token,
    headers,
    body: { shown_digest: gate.shown_digest, ...body },
  });

describe('what is to be judged', () => {
  test('is shown with its digests, who may decide, and what comes next', async () => {
    const { runId, gate } = await waiting('plain');
    expect(gate).toMatchObject({
      gate_id: `${runId}.review.1.1`,
      run_id: runId,
      pipeline: 'plain',
      stage: 'review',
      generation: 1,
      opening: 1,
      kind: 'stage',
      status: 'pending',
      starter: 'admin',
      shown_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      policy: { roles: ['operator'], approvers: [], quorum: 1, on_timeout: 'reject', timeout_ms: 3_600_000 },
      form: null,
      votes: [],
      decision: null,
      may_decide: true,
      why_not: null,
      waits_for: [],
      next_stages: ['publish'],
    });
    expect(Date.parse(gate.deadline) - Date.parse(gate.opened_at)).toBe(3_600_000);
    expect(gate.shown).toMatchObject([
      {
        stage: 'draft',
        generation: 1,
        output: { words: 12 },
        output_is: 'here',
        output_digest: digestOf({ words: 12 }),
        artifacts: [{ name: 'report.html', media_type: 'text/html', size: 17 }],
        more: 0,
      },
    ]);
    const content = await deployed.get(gate.shown[0].artifacts[0].url);
    expect(createHash('sha256').update(content.text).digest('hex')).toBe(gate.shown[0].artifacts[0].digest);
    expect(await read(gate.gate_id, tokens['eve'])).toMatchObject({
      may_decide: false,
      why_not: 'the gate is decided by the role operator or a higher one; eve has the role viewer',
    });
  });

  test('waits in the run, in its pipeline and in the lists, until it is decided', async () => {
    const pending = async () => (await deployed.get('/api/v1/pipelines/plain')).json.pending_gates;
    const ids = async (query: string, token = TOKEN) =>
      (await deployed.get(`/api/v1/gates?pipeline=plain&${query}`, { token })).json.items.map(
        (item: Answered) => item.gate_id,
      );
    const before = await pending();
    const { runId, gate } = await waiting('plain');
    const { status, gates } = (await deployed.get(`/api/v1/runs/${runId}`)).json;
    expect([status, gates]).toEqual([
      'awaiting_gate',
      [{ gate_id: gate.gate_id, stage: 'review', deadline: gate.deadline }],
    ]);
    expect(await pending()).toBe(before + 1);
    expect((await ids('')).at(-1)).toBe(gate.gate_id);
    expect(await ids('mine=true')).toContain(gate.gate_id);
    expect(await ids('mine=true', tokens['eve'])).toEqual([]);
    for (const token of [TOKEN, tokens['eve']!]) await read(gate.gate_id, token);
    expect((await deployed.get(`/api/v1/gates/${gate.gate_id}/approve`)).status, 'reading decides nothing').toBe(405);
    expect((await read(gate.gate_id)).status).toBe('pending');
    await decide(gate, 'approve');
    expect(await pending()).toBe(before);
    expect(await ids('')).not.toContain(gate.gate_id);
    expect((await ids('status=closed'))[0]).toBe(gate.gate_id);
    expect((await deployed.get(`/api/v1/runs/${runId}`)).json.gates).toBeUndefined();
  });

  test('is compared with what was approved in an earlier run, by digest', async () => {
    const first = await waiting('plain', { report: 'one' });
    await decide(first.gate, 'approve');
    const { gate } = await waiting('plain', { report: 'two' });
    expect(gate.changed).toEqual({
      since_previous: null,
      since_approved: {
        gate_id: first.gate.gate_id,
        run_id: first.runId,
        status: 'approved',
        by: 'admin',
        at: expect.any(String),
        notes: null,
        stages: [{ stage: 'draft', output: 'same', artifacts: [{ name: 'report.html', change: 'changed' }] }],
      },
    });
    await decide(gate, 'approve');
  });
});

test('an approval carries the values of the form, which are the output of the stage', async () => {
  const { runId, gate } = await waiting('form');
  const { status, json } = await decide(gate, 'approve', { values: { title: 'May' }, notes: 'fine' });
  expect([status, json]).toMatchObject([
    200,
    {
      status: 'approved',
      decision: { by: { name: 'admin', role: 'admin' }, via: 'person', notes: 'fine', values: { title: 'May' } },
      may_decide: false,
      why_not: 'the gate was approved by admin',
    },
  ]);
  await worker.succeed(await claimOf(runId));
  const { stages } = (await deployed.get(`/api/v1/runs/${runId}`)).json;
  expect(stages.map(({ status: now, output }: Answered) => [now, output])).toEqual([
    ['succeeded', { words: 12 }],
    ['succeeded', { title: 'May' }],
    ['succeeded', {}],
  ]);
});

test('what does not fit is refused with its code and path, and nothing is decided', async () => {
  const { gate } = await waiting('form');
  const { gate: others } = await waiting('two');
  const ofStage = (runId: string, stage: string) => `/api/v1/runs/${runId}/gates/${stage}/approve`;
  const refusal = async (answer: ReturnType<typeof decide>) => {
    const { status, json } = await answer;
    return [status, json.code, json.errors[0]?.path ?? null];
  };
  const long = 'x'.repeat(5_000);
  expect(await refusal(decide({ ...gate, gate_id: long }, 'approve'))).toEqual([404, 'unknown_gate', null]);
  expect(await refusal(decide({ ...gate, gate_id: `${gate.run_id}.review.1.2` }, 'approve'))).toEqual([
    404,
    'unknown_gate',
    null,
  ]);
  expect(await refusal(deployed.post(ofStage(gate.run_id, long)))).toEqual([404, 'unknown_stage', null]);
  expect(await refusal(deployed.post(ofStage(gate.run_id, 'draft')))).toEqual([404, 'unknown_gate', null]);
  const yesterday = await decide(gate, 'approve', { shown_digest: 'a'.repeat(64), values: { title: 'May' } });
  expect([yesterday.status, yesterday.json]).toMatchObject([
    409,
    { code: 'gate_changed', shown_digest: gate.shown_digest },
  ]);
  const wrong: readonly (readonly [string, object, number, string, string | null])[] = [
    ['approve', { shown_digest: undefined }, 422, 'invalid_request', 'shown_digest'],
    ['approve', { shown_digest: 'latest' }, 422, 'invalid_request', 'shown_digest'],
    ['approve', {}, 422, 'invalid_request', 'values.title'],
    ['approve', { values: { title: 'much too long' } }, 422, 'invalid_request', 'values.title'],
    ['approve', { values: { title: 'May', tite: 1 } }, 422, 'invalid_request', 'values.tite'],
    ['approve', { values: { title: 'x'.repeat(70_000) } }, 413, 'too_large', 'values'],
    ['reject', { notes: 'no', values: { title: 'May' } }, 422, 'invalid_request', 'values'],
    ['reject', {}, 422, 'notes_required', 'notes'],
    ['reject', { notes: '  ' }, 422, 'notes_required', 'notes'],
    ['reject', { notes: 'é'.repeat(4_097) }, 413, 'too_large', 'notes'],
    ['reject', { notes: 'x'.repeat(1_048_576) }, 413, 'too_large', 'body'],
    ['withdraw', {}, 409, 'illegal_transition', null],
  ];
  for (const [verb, body, ...expected] of wrong)
    expect([verb, body, ...(await refusal(decide(gate, verb, body)))]).toEqual([verb, body, ...expected]);
  expect(await read(gate.gate_id)).toEqual(gate);
  expect((await decide(others, 'approve', { values: { title: 'May' } })).json.errors).toEqual([
    { path: 'values', message: 'the gate has no form' },
  ]);
});

test('people who may not decide are told who may', async () => {
  const { gate } = await waiting('ann');
  expect(await read(gate.gate_id, tokens['bob'])).toMatchObject({ may_decide: false });
  const { status, json } = await decide(gate, 'approve', {}, tokens['bob']);
  expect([status, json]).toMatchObject([
    403,
    {
      code: 'not_an_approver',
      detail: 'the gate is decided by ann; bob has the role operator',
      approvers: ['ann'],
      roles: [],
      starter_may_approve: true,
    },
  ]);
  expect((await decide(gate, 'approve', {}, tokens['ann'])).status).toBe(200);
});

test('several people approve, each once; a vote can be taken back, and the starter has none', async () => {
  const { gate } = await waiting('two');
  const starter = await decide(gate, 'approve');
  expect([starter.status, starter.json.detail]).toEqual([
    403,
    'admin started the run, and the gate is for others to decide',
  ]);
  const votes = ({ json }: { json: Answered }) => [
    json.status,
    json.votes.map((vote: Answered) => [vote.by.name, vote.notes]),
  ];
  const by = (name: string, verb: string, body = {}) => decide(gate, verb, body, tokens[name]);
  expect(votes(await by('ann', 'approve', { notes: 'well' }))).toEqual(['pending', [['ann', 'well']]]);
  expect(votes(await by('ann', 'approve'))).toEqual(['pending', [['ann', null]]]);
  expect(votes(await by('ann', 'withdraw'))).toEqual(['pending', []]);
  expect(votes(await by('bob', 'approve'))).toEqual(['pending', [['bob', null]]]);
  expect(votes(await by('ann', 'approve'))[0]).toBe('approved');
});

test('a gate waits for those that come first', async () => {
  const { run_id: runId } = (await deployed.post('/api/v1/pipelines/ordered/runs')).json;
  for (let n = 0; n < 2; n++) await worker.openGate(await claimOf(runId), pipelines['ordered']!);
  const second = await read(`${runId}.second.1.1`);
  expect(second).toMatchObject({ may_decide: false, waits_for: ['first'], shown: [], next_stages: [] });
  const { status, json } = await decide(second, 'approve');
  expect([status, json]).toMatchObject([409, { code: 'gate_waits', stages: ['first'] }]);
  expect((await deployed.post(`/api/v1/runs/${runId}/gates/first/approve`)).status).toBe(200);
  expect((await decide(second, 'approve')).json).toMatchObject({ status: 'approved' });
});

test('of two people at once one decides, and the other is told who did and when', async () => {
  const outcomes = new Set<string>();
  for (let n = 0; n < 20; n++) {
    const { gate } = await waiting('plain');
    const answers = await Promise.all([
      decide(gate, 'approve', {}, tokens['ann']),
      decide(gate, 'reject', { notes: 'no' }, tokens['bob']),
    ]);
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
    const [won, lost] = answers[0].status === 200 ? answers : answers.toReversed();
    const { status, decision } = won!.json;
    expect(lost!.json).toMatchObject({
      code: 'gate_closed',
      gate_status: status,
      decided_by: decision.by.name,
      decided_via: 'person',
      decided_at: decision.at,
      detail: `the gate was ${status} by ${decision.by.name} at ${decision.at}`,
    });
    outcomes.add(status);
  }
  // Later ones are refused in the same way, also where no digest is asked for.
  const { runId, gate } = await waiting('plain');
  await decide(gate, 'approve', {}, tokens['ann']);
  const late = await deployed.post(`/api/v1/runs/${runId}/gates/review/reject`, { notes: 'no' });
  expect([late.status, late.json]).toMatchObject([409, { code: 'gate_closed', decided_by: 'ann' }]);
  expect(outcomes.size).toBeGreaterThan(0);
});

test('a decision that is sent again with its key is answered as the first time', async () => {
  const { gate } = await waiting('plain');
  const key = { 'idempotency-key': 'k-1' };
  const first = await decide(gate, 'approve', { notes: 'yes' }, TOKEN, key);
  const again = await decide(gate, 'approve', { notes: 'yes' }, TOKEN, key);
  expect([first.status, again.status, again.json]).toEqual([200, 200, first.json]);
  expect((await decide(gate, 'approve', { notes: 'yes' })).status).toBe(409);
  expect((await decide(gate, 'approve', { notes: 'yes' }, tokens['ann'], key)).status).toBe(409);
  expect((await decide(gate, 'approve', {}, TOKEN, { 'idempotency-key': 'a b' })).status).toBe(400);
});

test('several decisions at once: each is done or refused by itself, and audited by itself', async () => {
  const gates = [];
  for (const name of ['plain', 'form', 'ann', 'plain']) gates.push((await waiting(name)).gate);
  const [first, form, ann, last] = gates;
  const of = (gate: Answered, verb: string, body: object = {}) => ({
    gate_id: gate.gate_id,
    shown_digest: gate.shown_digest,
    verb,
    ...body,
  });
  const { status, json } = await deployed.post('/api/v1/gates/decisions', {
    decisions: [
      of(first, 'approve', { notes: '<b>good</b>' }),
      of(form, 'approve', { values: { title: 7 } }),
      of(ann, 'approve'),
      of({ ...first, gate_id: 'nothing' }, 'reject'),
      of(first, 'approve'),
      of(last, 'reject', { notes: 'no' }),
    ],
  });
  expect(status).toBe(200);
  expect(json.items.map((one: Answered) => [one.status, one.gate?.status ?? one.problem.code])).toEqual([
    [200, 'approved'],
    [422, 'invalid_request'],
    [403, 'not_an_approver'],
    [404, 'unknown_gate'],
    [409, 'gate_closed'],
    [200, 'rejected'],
  ]);
  expect(json.items[1]).toMatchObject({ gate: null, problem: { errors: [{ path: 'values.title' }] } });
  expect((await read(form.gate_id)).status).toBe('pending');
  const entries: Answered[] = (await deployed.get('/api/v1/audit?limit=7')).json.items.toReversed();
  expect(entries.map(({ what, outcome }) => [what, outcome.code])).toEqual([
    ['POST /api/v1/gates/{gate_id}/approve', null],
    ['POST /api/v1/gates/{gate_id}/approve', 'invalid_request'],
    ['POST /api/v1/gates/{gate_id}/approve', 'not_an_approver'],
    ['POST /api/v1/gates/{gate_id}/reject', 'unknown_gate'],
    ['POST /api/v1/gates/{gate_id}/approve', 'gate_closed'],
    ['POST /api/v1/gates/{gate_id}/reject', null],
    ['POST /api/v1/gates/decisions', null],
  ]);
  const facts = { gate_id: first.gate_id, run_id: first.run_id, stage: 'review', shown_digest: first.shown_digest };
  expect(entries[0]).toMatchObject({
    who: 'admin',
    role: 'admin',
    channel: 'api',
    target: { gate_id: first.gate_id },
    reason: '<b>good</b>',
    before: { ...facts, status: 'pending' },
    outcome: { status: 200, after: { ...facts, status: 'approved' } },
  });
  const many = Array.from({ length: 101 }, () => of(form, 'approve'));
  for (const decisions of [[], many])
    expect((await deployed.post('/api/v1/gates/decisions', { decisions })).json.errors[0].path).toBe('decisions');
});

test('HTML and control characters in notes are kept as text', async () => {
  const notes = '<script>alert(1)</script>\n\u001b[31mred';
  const { runId, gate } = await waiting('plain');
  const { json, headers } = await decide(gate, 'reject', { notes });
  expect(headers.get('content-type')).toMatch('application/json');
  expect(json.decision.notes).toBe(notes);
  const { items } = (await deployed.get(`/api/v1/runs/${runId}/events?type=gate.decided`)).json;
  expect(items[0].data.notes).toBe(notes);
  expect((await deployed.get(`/api/v1/runs/${runId}`)).json).toMatchObject({
    status: 'paused',
    pause: { by: 'admin', reason: notes },
  });
});

test('a token that is limited to pipelines sees and decides only their gates', async () => {
  const token = tokens['only-form']!;
  const [own, other] = [await waiting('form'), await waiting('plain')];
  expect((await deployed.get('/api/v1/gates?limit=500', { token })).text).not.toContain('plain');
  expect((await deployed.get('/api/v1/gates?limit=500', { token })).text).toContain(own.gate.gate_id);
  expect((await deployed.get(`/api/v1/gates/${other.gate.gate_id}`, { token })).json.code).toBe('unknown_gate');
  expect((await decide(other.gate, 'approve', {}, token)).json.code).toBe('unknown_gate');
  const { json } = await deployed.call('POST', '/api/v1/gates/decisions', {
    token,
    body: {
      decisions: [other, own].map(({ gate }) => ({
        gate_id: gate.gate_id,
        verb: 'approve',
        shown_digest: gate.shown_digest,
        ...(gate.form === null ? {} : { values: { title: 'June' } }),
      })),
    },
  });
  expect(json.items.map((one: Answered) => one.status)).toEqual([404, 200]);
  expect((await read(other.gate.gate_id)).status).toBe('pending');
});
