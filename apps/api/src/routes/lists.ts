import { type ErrorDetail, MillraceError } from '@millrace/core/domain';
import { z } from 'zod';

/** Query parameters of every list. */
export const listQuery = {
  limit: z.coerce.number().pipe(z.int().min(1).max(500)).default(50).meta({ description: '1..500' }),
  cursor: z.string().max(200).optional().meta({ description: '`next_cursor` of the previous page' }),
};

export const pageOf = (item: z.ZodType) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** Names from a closed list; an empty array if absent. */
export const severalOf = <T extends string>(known: readonly T[], what: string) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      const names = text === undefined ? [] : text.split(',').map((name) => name.trim());
      for (const name of names)
        if (!(known as readonly string[]).includes(name))
          context.addIssue(`"${name.slice(0, 40)}" is not a ${what}: ${known.join(', ')}`);
      return names as T[];
    })
    .meta({ description: 'One or more, separated by commas' });

/** Pages an in-memory list ordered by a unique text. */
export const pageAt = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  query: { limit: number; cursor?: string | undefined },
) => {
  const from = query.cursor === undefined ? 0 : items.findIndex((item) => keyOf(item) > query.cursor!);
  const page = from < 0 ? [] : items.slice(from, from + query.limit);
  const last = page.at(-1);
  return { items: page, next_cursor: last !== undefined && from + page.length < items.length ? keyOf(last) : null };
};

export const wrongQuery = (name: string, message: string): MillraceError => {
  const errors: ErrorDetail[] = [{ path: `query.${name}`, message }];
  return new MillraceError('invalid_request', `query.${name}: ${message}`, { errors });
};
