import { didYouMean } from '@millrace/core/domain';
import { andMore, type ErrorDetail, LISTED_ERRORS, MillraceError } from '@millrace/core/domain';
import type { z } from 'zod';

/** Validates the parts of a request against their schemas and reports the problems of all parts together. */
export const validate = (
  parts: readonly { readonly at: string; readonly schema: z.ZodType; readonly value: unknown }[],
): readonly unknown[] => {
  const errors: ErrorDetail[] = [];
  let count = 0;
  const values = parts.map(({ at, schema, value }) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      count += issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
      if (errors.length < LISTED_ERRORS) errors.push(...detailsOf(at, schema, issue));
    }
    return undefined;
  });
  const [first] = errors;
  if (!first) return values;
  throw new MillraceError('invalid_request', `${first.path}: ${first.message}${andMore(count)}`, {
    errors,
    errorCount: count,
  });
};
/** How many unknown names get a suggestion: each one is compared with every known field. */
const SUGGESTED = 20;

const detailsOf = (at: string, schema: z.ZodType, issue: z.core.$ZodIssue): readonly ErrorDetail[] => {
  const path = [at, ...issue.path.map(String)].filter((part) => part !== '');
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.') || 'body', message: issue.message }];
  const known = issue.path.length === 0 && 'shape' in schema ? Object.keys(schema.shape as object) : [];
  return issue.keys.slice(0, LISTED_ERRORS).map((key, index) => ({
    path: [...path, key.slice(0, 100)].join('.'),
    message: `there is no such field${index < SUGGESTED ? didYouMean(key, known) : ''}`,
  }));
};
