import { compileExpression, definePipeline } from '@millrace/core/definition';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromCode, fromYaml, problemsOf } from './definition-fixture.ts';

const yaml = (gate: string, further = '') => `name: p
params: { type: object, properties: { n: { type: integer } } }
stages:
  draft: { run: { command: [x] } }
  judged:
    depends_on: [draft]
    run: { command: [x] }
    gate: ${gate}
${further}`;
const gateOf = (gate: string) => fromYaml(yaml(gate)).stages[1]!.gate;
const problems = (gate: string, further = '') =>
  problemsOf(() => fromYaml(yaml(gate, further))).map((line) => line.replace('p.pipeline.yaml:', ''));

const PLAIN = {
  kind: 'start',
  required: true,
  autoApprove: false,
  timeout: null,
  onTimeout: null,
  roles: [],
  approvers: [],
  quorum: 1,
  starterMayApprove: true,
  notes: 'on_reject',
  form: null,
  dependsOn: [],
  when: null,
  auto: null,
  escalate: [],
  holdsOverlap: true,
};

describe('a gate in a definition', () => {
  test('all of it, and what is not written has its default', () => {
    expect(gateOf('{}')).toEqual(PLAIN);
    const written = `
      on: result
      required: false
      timeout: 2h
      on_timeout: reject
      roles: [operator]
      approvers: [ann, bob]
      quorum: 2
      starter_may_approve: false
      notes: always
      form: { type: object, properties: { words: { type: integer } } }
      when: outputs.judged.words > params.n
      auto: "outputs.judged.words > 10 ? true : ask"
      escalate: [{ after: 1h, add_approvers: [eve] }, { after: 30m, notify: editors }]
      holds_overlap: true`;
    expect(gateOf(written)).toEqual({
      ...PLAIN,
      kind: 'result',
      required: false,
      timeout: 7_200_000,
      onTimeout: 'reject',
      roles: ['operator'],
      approvers: ['ann', 'bob'],
      quorum: 2,
      starterMayApprove: false,
      notes: 'always',
      form: { type: 'object', properties: { words: { type: 'integer' } } },
      when: 'outputs.judged.words > params.n',
      auto: 'outputs.judged.words > 10 ? true : ask',
      escalate: [
        { after: 1_800_000, notify: 'editors', addApprovers: [] },
        { after: 3_600_000, notify: null, addApprovers: ['eve'] },
      ],
    });
  });

  test('a stage with nothing to run is the gate; the two forms of a definition are one', () => {
    const text = `name: p
stages:
  a: { run: { command: [x] } }
  ok: { depends_on: [a], gate: { auto_approve: true } }
`;
    const built = definePipeline('p')
      .stage('a', { command: ['x'] })
      .stage('ok', { dependsOn: ['a'], gate: { autoApprove: true } });
    expect(fromYaml(text).stages[1]).toMatchObject({ handler: { kind: 'gate' }, gate: { kind: 'stage' } });
    expect(fromCode(built).version).toBe(fromYaml(text).version);
  });

  test('a form is a JSON Schema, or zod in code', () => {
    const built = definePipeline('p').stage('ok', { gate: { form: z.object({ words: z.int() }) } });
    expect(fromCode(built).stages[0]!.gate!.form).toMatchObject({ required: ['words'] });
    expect(problems('{ form: { type: object, minLenght: 1 } }')).toEqual([
      '8:35 JSON Schema keyword "minLenght" is not known or not supported (did you mean "minLength"?)',
    ]);
  });

  test.each([
    ['true', '8:5 must be a map of fields, not true'],
    ['{ on: end }', '8:13 "on" must be start, result, not "end"'],
    ['{ timeout: 1h }', '8:13 "timeout" needs "on_timeout": approve, reject, fail'],
    ['{ on_timeout: fail }', '8:13 "on_timeout" needs a "timeout"'],
    ['{ timeout: 1h, on_timeout: resume }', /^8:26 "on_timeout" must be approve, reject, fail, not "resume"/],
    ['{ roles: [viewer] }', '8:21 a viewer decides nothing'],
    ['{ roles: [admim] }', '8:21 there is no role "admim" (did you mean "admin"?)'],
    ['{ roles: [] }', '8:13 "roles" must not be empty'],
    ['{ approvers: [ann, ann] }', '8:30 "ann" is listed twice'],
    ['{ approvers: [ann], quorum: 2 }', '8:31 "quorum" is 2, but only 1 person may decide'],
    ['{ quorum: 0 }', '8:13 "quorum" must be a whole number, from 1 to 100; 0 is not'],
    ['{ starter_may_approve: maybe }', '8:13 "starter_may_approve" must be true or false, not the text "maybe"'],
    ['{ auto_approve: true, auto: "true" }', '8:33 "auto" has nothing to decide beside "auto_approve: true"'],
    ['{ holds_overlap: false }', /^8:13 "holds_overlap" cannot be false yet/],
    ['{ escalate: [{ after: 1h }] }', '8:24 an escalation needs "notify" or "add_approvers"'],
    ['{ escalate: [{ notify: x }] }', '8:24 an escalation needs an "after"'],
    [
      '{ timeout: 1h, on_timeout: fail, escalate: [{ after: 1h, notify: x }] }',
      '8:57 "after" must be shorter than the "timeout", which closes the gate',
    ],
    ['{ depends_on: [judged] }', '8:26 the gate of "judged" depends on itself'],
    ['{ depends_on: [draft] }', '8:26 stage "draft" has no gate'],
    ['{ depends_on: [judgd] }', '8:26 there is no stage "judgd" (did you mean "judged"?)'],
    ['{ when: "outputs.draft.words >" }', '8:13 "when": Unexpected token: EOF (character 22)'],
    ['{ when: "outputs.other.words > 1" }', /^8:13 "when" reads outputs.other: it sees the outputs of the stages/],
    ['{ when: "outputs.judged.words > 1" }', /^8:13 "when" reads outputs.judged/],
    ['{ when: "params.m > 1" }', /^8:13 "when" reads params.m: there is no such param/],
    ['{ when: "1 + 2" }', '8:13 "when": it must be true or false, not int'],
    ['{ when: "inputs.draft" }', '8:13 "when": Unknown variable: inputs (character 1)'],
    ['{ when: "outputs.draft.t.matches(\'(a+)+$\')" }', /^8:13 "when": "matches" is not supported/],
    ['{ when: "outputs.draft.a.all(x, outputs.draft.a.all(y, x > y))" }', /"all" must not stand inside of another/],
    ['{ auto: "now() > 1" }', /^8:13 "auto": found no matching overload/],
  ])('%s is refused', (gate, problem) => {
    expect(problems(gate)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  test('gates that wait for each other, and a teardown that waits for people, are refused', () => {
    const behind = '  behind: { depends_on: [judged], gate: {} }\n';
    expect(problems('{ depends_on: [behind] }', behind)).toEqual([
      '8:13 the gates wait for each other: judged -> behind -> judged (each waits for the next)',
    ]);
    const torn = '  torn: { teardown: { of: [draft] }, depends_on: [judged], run: { command: [x] }, gate: {} }\n';
    expect(problems('{}', torn)).toEqual([
      '9:83 "gate" cannot stand beside "teardown": undoing must not wait for people',
    ]);
  });

  test('what belongs to a run is refused on a stage that is only a gate', () => {
    const only = '  only: { depends_on: [draft], gate: { on: result }, timeout: 1h, retry: { maximum_attempts: 2 } }\n';
    expect(problems('{}', only)).toEqual([
      '9:67 "retry" needs something to run: the stage is only a gate',
      '9:54 "timeout" needs something to run: the stage is only a gate',
      '9:40 "on" needs something to run: the stage is only a gate',
    ]);
  });
});

describe('an expression', () => {
  const evaluate = (text: string, outputs: Record<string, unknown> = {}, params: Record<string, unknown> = {}) =>
    compileExpression(text, 'decision').evaluate({ params, outputs });

  test('numbers of JSON and whole numbers are used together', () => {
    expect(evaluate('outputs.a.n * 4 >= params.m / 2 + 1', { a: { n: 3 } }, { m: 22 })).toBe(true);
    expect(evaluate('outputs.a.n % 2 == 1', { a: { n: 3 } })).toBe(true);
  });
  test('`ask` is null', () => {
    expect(evaluate('outputs.a.ok ? true : ask', { a: { ok: false } })).toBeNull();
  });
  test('one that reads what is not there throws the reason in one line', () => {
    expect(() => evaluate('outputs.a.b.c == 1', { a: {} })).toThrow(/^No such key: b$/);
    expect(() => evaluate('outputs.a.constructor == 1', { a: {} })).toThrow(/^No such key: constructor$/);
  });
});
