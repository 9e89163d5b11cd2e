import { expect, test } from 'vitest';
import { readApprovalsSearch } from '../../../apps/dashboard/src/screens/approvals/approvals-search.ts';
import {
  artifactChange,
  comparisonsOf,
  outputChange,
  removedFrom,
  removedStages,
} from '../../../apps/dashboard/src/screens/approvals/compared.ts';
import {
  asSentence,
  bodyOf,
  missingFor,
  needsNotes,
} from '../../../apps/dashboard/src/screens/approvals/decision-draft.ts';
import { firstLines, lineDiff } from '../../../apps/dashboard/src/screens/approvals/line-diff.ts';
import { openFirst } from '../../../apps/dashboard/src/screens/approvals/open-first.ts';
import { tableOf, textOfOutput } from '../../../apps/dashboard/src/screens/approvals/shown-output.ts';
import { approversOf, atDeadline, decidedBy } from '../../../apps/dashboard/src/parts/gates/gate-words.ts';
import { fieldsOf } from '../../../apps/dashboard/src/parts/form/schema-form.ts';

const policy = (more: object = {}) => ({
  roles: ['operator' as const],
  approvers: [],
  quorum: 1,
  starter_may_approve: true,
  notes: 'on_reject' as const,
  timeout_ms: null,
  on_timeout: null,
  depends_on: [],
  escalate: [],
  ...more,
});

test('the filters are read from the address; what they do not know is left out', () => {
  expect(readApprovalsSearch({ status: 'closed', mine: true, pipeline: 7, text: 'x' })).toEqual({
    status: 'closed',
    mine: true,
    pipeline: '7',
  });
  expect(readApprovalsSearch({ status: 'pending', mine: 'no', pipeline: '' })).toEqual({});
});

test('a line difference has the changed lines with three around them, and how many it leaves out', () => {
  const lines = (changed: string) =>
    Array.from({ length: 40 }, (_, n) => (n === 19 ? changed : `line ${n}`)).join('\n');
  const [hunk, ...others] = lineDiff(lines('old'), lines('new'))!;
  expect(others).toEqual([]);
  expect(hunk!.skipped).toBe(16);
  expect(hunk!.lines.map(({ sign, text }) => `${sign}${text}`)).toEqual([
    ' line 16',
    ' line 17',
    ' line 18',
    '-old',
    '+new',
    ' line 20',
    ' line 21',
    ' line 22',
  ]);
  expect(lineDiff('same', 'same')).toEqual([]);
  expect(lineDiff('', 'a\nb')).toMatchObject([{ skipped: 0, lines: [{ sign: '+' }, { sign: '+' }] }]);
  expect(lineDiff('a\nb\n', 'a\nb')!.flatMap(({ lines: some }) => some.map(({ text }) => text))).toEqual([
    'a',
    'b',
    'b',
  ]);
});

test('two hunks count what lies between them, and only the first lines are drawn', () => {
  const text = (...changed: readonly number[]) =>
    Array.from({ length: 60 }, (_, n) => (changed.includes(n) ? 'changed' : `line ${n}`)).join('\n');
  const hunks = lineDiff(text(), text(10, 40))!;
  expect(hunks.map(({ skipped }) => skipped)).toEqual([7, 23]);
  expect(firstLines(hunks, 3)).toMatchObject({ shown: [{ lines: { length: 3 } }], isCut: true });
  expect(firstLines(hunks, 100)).toEqual({ shown: hunks, isCut: false });
});

test('texts that differ in everything are not compared', () => {
  const text = (word: string) => Array.from({ length: 8_000 }, (_, n) => `${word} ${n}`).join('\n');
  expect(lineDiff(text('a'), text('b'))).toBeNull();
});

test('a list of flat objects is a table, anything else is not', () => {
  expect(
    tableOf([
      { a: 1, b: 'x' },
      { a: null, c: true },
    ]),
  ).toEqual({
    columns: ['a', 'b', 'c'],
    rows: [
      ['1', 'x', ''],
      ['', '', 'true'],
    ],
  });
  for (const other of [[], [1], [{ a: [] }], [{}], { a: 1 }, 'text', null]) expect(tableOf(other)).toBeNull();
  expect(textOfOutput('a text')).toBe('a text');
  expect(textOfOutput({ a: 1 })).toBe('{\n  "a": 1\n}');
});

const comparison = {
  gate_id: 'g',
  run_id: 'r',
  status: 'rejected' as const,
  by: 'ann',
  at: null,
  notes: null,
  stages: [
    {
      stage: 'draft',
      output: 'changed' as const,
      artifacts: [
        { name: 'a', change: 'same' as const },
        { name: 'b', change: 'removed' as const },
      ],
    },
    { stage: 'old', output: 'removed' as const, artifacts: [] },
  ],
};

test('what is compared is the gate before, else the last approved one; the marks are by stage and name', () => {
  expect(comparisonsOf({ changed: { since_previous: null, since_approved: null } })).toEqual([]);
  expect(
    comparisonsOf({ changed: { since_previous: comparison, since_approved: comparison } }).map(({ since }) => since),
  ).toEqual(['previous', 'approved']);
  expect(outputChange(comparison, 'draft')).toBe('changed');
  expect(artifactChange(comparison, 'draft', 'a')).toBe('same');
  expect(artifactChange(comparison, 'other', 'a')).toBeNull();
  expect(outputChange(null, 'draft')).toBeNull();
  expect(removedFrom(comparison, 'draft')).toEqual(['b']);
  expect(removedStages(comparison)).toEqual(['old']);
});

test('what changed is open at first, all that can be shown if nothing did, and six at most', () => {
  const artifact = (name: string, media_type: string | null = 'text/plain') => ({
    artifact_id: name,
    name,
    media_type,
    size: 1,
    digest: '',
    url: '',
  });
  const shown = [
    {
      stage: 'draft',
      generation: 1,
      output: null,
      output_is: 'here' as const,
      output_digest: '',
      artifacts: [artifact('a'), artifact('b'), artifact('c', null), artifact('d', 'application/zip')],
      more: 0,
    },
  ];
  expect([...openFirst(shown, () => false)]).toEqual(['a', 'b']);
  expect([...openFirst(shown, () => true)]).toEqual(['a', 'b']);
  expect([...openFirst(shown, (_, name) => name === 'a')]).toEqual(['b']);
  const many = [{ ...shown[0]!, artifacts: Array.from({ length: 9 }, (_, n) => artifact(`${n}`)) }];
  expect(openFirst(many, () => false).size).toBe(6);
});

test('a decision has the digest that was looked at, notes without blank ends, and values of the form', () => {
  const fields = fieldsOf({
    type: 'object',
    required: ['ok'],
    properties: { ok: { type: 'boolean' }, note: { type: 'string' } },
  });
  const given = { shownDigest: 'd', fields, kind: 'stage' as const };
  expect(bodyOf('approve', { notes: ' fine ', values: {} }, given)).toEqual({
    shown_digest: 'd',
    notes: 'fine',
    values: { ok: false },
  });
  expect(bodyOf('reject', { notes: '', values: { ok: true } }, given)).toEqual({ shown_digest: 'd' });
  expect(bodyOf('withdraw', { notes: 'x', values: {} }, given)).toEqual({ shown_digest: 'd' });
  expect(bodyOf('approve', { notes: '', values: {} }, { ...given, fields: 'none' })).toEqual({ shown_digest: 'd' });
  // A result that nobody edits is approved as it is.
  expect(bodyOf('approve', { notes: '', values: {} }, { ...given, kind: 'result' })).toEqual({ shown_digest: 'd' });
  expect(bodyOf('approve', { notes: '', values: { note: 'x' } }, { ...given, kind: 'result' }).values).toEqual({
    note: 'x',
    ok: false,
  });
});

test('notes are asked for by the rule of the gate, never to withdraw', () => {
  const needed = (notes: string) =>
    (['approve', 'reject', 'withdraw'] as const).filter((verb) => needsNotes(verb, { policy: policy({ notes }) }));
  expect(needed('optional')).toEqual([]);
  expect(needed('on_reject')).toEqual(['reject']);
  expect(needed('always')).toEqual(['approve', 'reject']);
  expect(missingFor('reject', { notes: '  ', values: {} }, { policy: policy() })?.path).toBe('notes');
  expect(missingFor('reject', { notes: 'no', values: {} }, { policy: policy() })).toBeNull();
});

test('who may decide grows with the escalations that are due', () => {
  const opened_at = '2026-01-05T12:00:00.000Z';
  const gate = {
    opened_at,
    policy: policy({
      roles: ['admin'],
      approvers: ['ann'],
      escalate: [{ after_ms: 60_000, notify: null, add_approvers: ['bob', 'ann'] }],
    }),
  };
  expect(approversOf(gate, Date.parse(opened_at))).toEqual(['the role admin', 'ann']);
  expect(approversOf(gate, Date.parse(opened_at) + 60_000)).toEqual(['the role admin', 'ann', 'bob']);
  expect(atDeadline({ on_timeout: 'fail' })).toBe('the stage fails');
  expect(decidedBy({ by: { name: 'ann', role: 'operator' }, via: 'person' })).toBe('by ann');
  expect(decidedBy({ by: null, via: 'deadline' })).toBe('by its deadline');
  expect(asSentence('the gate waits')).toBe('The gate waits.');
});
