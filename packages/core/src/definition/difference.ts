import type { Pipeline } from '../domain/index.ts';

/** Where two readings of a definition first differ, as a dotted path with stages by name. */
export const differenceOf = (one: Pipeline, other: Pipeline): string => {
  const [{ version: _one, ...left }, { version: _other, ...right }] = [one, other];
  return (firstDifference(left, right) ?? []).join('.') || 'the definition';
};

const firstDifference = (one: unknown, other: unknown): readonly string[] | null => {
  if (Object.is(one, other)) return null;
  if (!isTree(one) || !isTree(other)) return [];
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const inner = firstDifference(one[key], other[key]);
    if (inner === null) continue;
    const name = one[key];
    return [Array.isArray(one) && isTree(name) && typeof name['name'] === 'string' ? name['name'] : key, ...inner];
  }
  return null;
};

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
