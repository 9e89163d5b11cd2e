import { inspect } from 'node:util';

/** Any value as text for a log; never throws, whatever its getters and `toString` do. */
export const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  try {
    return typeof value === 'object' && value !== null ? inspect(value, { depth: 4, breakLength: 160 }) : String(value);
  } catch {
    return 'a value that cannot be shown';
  }
};
