import { ApiError, UnreachableError } from '@millrace/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { noteOutcome } from './trouble.ts';

/** HTTP queries of the pages. Refusals are final; an unavailable server or Redis is retried. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => judge(error) }),
  mutationCache: new MutationCache({ onError: (error) => judge(error) }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      networkMode: 'always',
      retry: (failures, error) => isPassing(error) && failures < 3,
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 4_000),
    },
    mutations: { networkMode: 'always' },
  },
});

/** An expired session leads to the sign-in form, at the same address. */
const judge = (error: unknown): void => {
  noteOutcome(error);
  if (error instanceof ApiError && error.status === 401) void queryClient.invalidateQueries({ queryKey: ['session'] });
};

const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ApiError && (error.status === 503 || error.status === 429));
