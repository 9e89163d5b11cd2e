import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Loading, Notice } from '../../ui/notice.tsx';

/** How often figures are read that no event of a run tells of, ms. */
export const REREAD_MS = 5_000;

/** What a query has for its panel: what was read last, or why there is nothing. */
export const Read = <T,>({ query, what, children }: { query: UseQueryResult<T>; what: string; children: (data: T) => ReactNode }) =>
  query.data !== undefined ? (
    children(query.data)
  ) : query.isError ? (
    <Notice tone="bad" title={`Could not load ${what}`} error={query.error} />
  ) : (
    <Loading what={what} />
  );
