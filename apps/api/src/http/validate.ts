import { didYouMean } from '@millrace/core/domain';
import { type ErrorDetail, MillraceError } from '@millrace/core/domain';
import type { z } from 'zod';

/** Parts of one request with their schemas; every problem of all of them is told at once. */
export const validate = (parts: readonly { readonly at: string; readonly schema: z.ZodType; readonly value: unknown }[]): readonly unknown[] => {
  const errors: ErrorDetail[] = [];
  const values = parts.map(({ at, schema, value }) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    errors.push(...parsed.error.issues.flatMap((issue) => detailsOf(at, schema, issue)));
    return undefined;
  });
  const [first] = errors;
  if (!first) return values;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new MillraceError('invalid_request', `${first.path}: ${first.message}${more}`, { errors: errors.slice(0, 100) });
};

const detailsOf = (at: string, schema: z.ZodType, issue: z.core.$ZodIssue): readonly ErrorDetail[] => {
  const path = [at, ...issue.path.map(String)].filter((part) => part !== '');
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.') || 'body', message: issue.message }];
  const known = issue.path.length === 0 && 'shape' in schema ? Object.keys(schema.shape as object) : [];
  return issue.keys.map((key) => ({ path: [...path, key.slice(0, 100)].join('.'), message: `there is no such field${didYouMean(key, known)}` }));
};
