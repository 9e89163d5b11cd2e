/**
 * Canonical text of a JSON value, independent of key order: RFC 8785 (JCS), except for keys that look like array
 * indexes, which JavaScript always puts first. JCS serialises strings and numbers as JSON.stringify does, and sorts
 * keys by UTF-16 code units, as `sort` does.
 */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};
