import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Loading, Notice } from '../../ui/notice.tsx';

/** Reread interval of figures without run events, ms. */
export const REREAD_MS = 5_000;

/** Content of a panel: the last data of its query, or why there is none. */
export const Read = <T,>({
  query,
  what,
  children,
}: {
  query: UseQueryResult<T>;
  what: string;
  children: (data: T) => ReactNode;
}) =>
  query.data !== undefined ? (
    children(query.data)
  ) : query.isError ? (
    <Notice tone="bad" title={`Could not load ${what}`} error={query.error} />
  ) : (
    <Loading what={what} />
  );
