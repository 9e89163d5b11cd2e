import { ApiError, type RunView, type StartRequest } from '@millrace/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { api } from '../../api.ts';
import { newIdempotencyKey } from '../../idempotency-key.ts';

/** What a start would run, as the API answers to `dry_run`. */
export interface StartPlan {
  readonly version: string;
  readonly mode: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly stages: readonly string[];
  readonly overlap: string;
}

/** Starts, or checks only. One opening of the form is one start: pressing twice answers the same run. */
export const useStart = (pipeline: string) => {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const { mutate, ...mutation } = useMutation({
    mutationFn: ({ body, dryRun }: { body: StartRequest; dryRun: boolean }) =>
      dryRun ? api.start(pipeline, { ...body, dry_run: true }) : api.start(pipeline, body, key.current),
    onError: (error) => {
      // An earlier press got through and nobody heard of it: the reader is told, and the next press is a new start.
      if (error instanceof ApiError && error.code === 'idempotency_mismatch') key.current = newIdempotencyKey();
    },
    onSuccess: (_run, { dryRun }) => {
      if (!dryRun) void queries.invalidateQueries({ queryKey: ['pipelines'] });
    },
  });
  const checked = mutation.variables?.dryRun === true;
  return {
    send: (body: StartRequest, dryRun: boolean, onStarted: (run: RunView) => void): void => {
      if (!mutation.isPending) mutate({ body, dryRun }, dryRun ? {} : { onSuccess: onStarted });
    },
    error: mutation.error,
    plan: checked && mutation.data ? (mutation.data as unknown as StartPlan) : null,
    busy: mutation.isPending ? (checked ? ('check' as const) : ('start' as const)) : null,
  };
};
