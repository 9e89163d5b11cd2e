import { expect, test } from 'vitest';
import {
  completed,
  inexactTyped,
  jsonTyped,
  numberTyped,
  pathsOf,
  placeErrors,
  requestOf,
  type StartDraft,
  withValue,
} from '../../../apps/dashboard/src/parts/form/form-state.ts';
import { fieldsOf } from '../../../apps/dashboard/src/parts/form/schema-form.ts';

const SCHEMA = {
  type: 'object',
  required: ['on', 'tags', 'address', 'title'],
  properties: {
    title: { type: 'string' },
    on: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
    address: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
    extra: { type: 'array', items: { type: 'string' }, default: ['a'] },
  },
};
const FIELDS = fieldsOf(SCHEMA)!;
const DRAFT: StartDraft = { params: {}, mode: null, stages: null, labels: [], reason: '' };

test('what nobody touched is sent as it is shown; what needs an answer stays missing', () => {
  expect(completed(FIELDS, {}, {})).toEqual({ on: false, tags: [], address: {} });
  expect(completed(FIELDS, { on: true }, { tags: ['of the mode'] })).toEqual({ on: true, address: {} });
});

test('a request holds only what was said', () => {
  const pipeline = { modes: { daily: { params: { on: true }, stages: null, overlap: null } } };
  expect(requestOf(DRAFT, [], pipeline)).toEqual({ params: {} });
  const said = {
    ...DRAFT,
    mode: 'daily',
    stages: [],
    labels: [
      { key: ' team ', value: 'a' },
      { key: '', value: '' },
    ],
    reason: ' because ',
  };
  expect(requestOf(said, FIELDS, pipeline)).toEqual({
    params: { tags: [], address: {} },
    mode: 'daily',
    stages: [],
    labels: { team: 'a' },
    reason: 'because',
  });
  expect(requestOf({ ...DRAFT, params: [1] }, FIELDS, pipeline).params).toEqual([1]);
});

test('numbers are read as typed, and what is none is sent as it is', () => {
  expect([' 12 ', '1.', '-.5', '1e3', '', '  '].map(numberTyped)).toEqual([12, 1, -0.5, 1000, undefined, undefined]);
  expect(['twelve', '1,5', 'Infinity', '0x', '1e999'].map(numberTyped)).toEqual([
    'twelve',
    '1,5',
    'Infinity',
    '0x',
    '1e999',
  ]);
});

test('a number that would be another one is not sent', () => {
  expect(
    ['9007199254740993', '+9007199254740993', '1e400', '1e-400'].map((text) => [numberTyped(text), inexactTyped(text)]),
  ).toEqual([
    ['9007199254740993', '9007199254740993 cannot be kept exactly: send it as a text'],
    ['+9007199254740993', '+9007199254740993 cannot be kept exactly: send it as a text'],
    ['1e400', '1e400 cannot be kept exactly: send it as a text'],
    ['1e-400', '1e-400 cannot be kept exactly: send it as a text'],
  ]);
  expect(['12', '1.', '+5', '.5', '0x1f', 'twelve', ''].map(inexactTyped)).toEqual([
    null,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(['1.', '+5', '.5', '0x1f'].map(numberTyped)).toEqual([1, 5, 0.5, 31]);
  expect(jsonTyped('{"a":[9007199254740993]}')).toEqual({
    ok: false,
    message: 'the value.a.0: 9007199254740993 cannot be kept exactly: send it as a text',
  });
});

test('JSON is read as typed', () => {
  expect(jsonTyped('{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
  expect(jsonTyped(' ')).toEqual({ ok: true, value: undefined });
  expect(jsonTyped('{')).toMatchObject({ ok: false });
});

test('a value goes in its place without moving the others, and undefined takes it away', () => {
  expect(Object.keys(withValue({ a: 1, b: 2 }, 'a', 3))).toEqual(['a', 'b']);
  expect(withValue({ a: 1 }, 'a', undefined)).toEqual({});
  expect(Object.keys(withValue({}, '__proto__', 1))).toEqual(['__proto__']);
});

test('errors stand beside the nearest field around their path', () => {
  const paths = ['mode', 'params', ...pathsOf(FIELDS, { tags: [{ name: 'x' }] }, 'params'), 'stages'];
  expect(paths).toContain('params.tags.0.name');
  expect(paths).toContain('params.extra.0');
  const placed = placeErrors(
    [
      { path: 'params.tags.0.name', message: 'too short' },
      { path: 'params.address.city', message: 'missing' },
      { path: 'params.title', message: 'missing' },
      { path: 'params.titles', message: 'there is no such param' },
      { path: 'body', message: 'odd' },
    ],
    paths.filter((path) => path !== 'params.address.city'),
  );
  expect(Object.fromEntries(placed.at)).toEqual({
    'params.tags.0.name': ['too short'],
    'params.address': ['city: missing'],
    'params.title': ['missing'],
    params: ['titles: there is no such param'],
  });
  expect(placed.leftOver).toEqual([{ path: 'body', message: 'odd' }]);
  expect(placed.first).toBe('params');
});
