import { ApiError, type RunView, type StartRequest } from '@millrace/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { api } from '../../api.ts';
import { newIdempotencyKey } from '../../idempotency-key.ts';

/** Starts, or only checks. An open form has one idempotency key: clicking twice returns the same run. */
export const useStart = (pipeline: string) => {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const start = useMutation({
    mutationFn: (body: StartRequest) => api.start(pipeline, body, key.current),
    onError: (error) => {
      // An earlier click got through without an answer: the reader is told, and the next click is a new start.
      if (error instanceof ApiError && error.code === 'idempotency_mismatch') key.current = newIdempotencyKey();
    },
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['pipelines'] }),
  });
  const check = useMutation({ mutationFn: (body: StartRequest) => api.plan(pipeline, body) });
  const busy = check.isPending ? ('check' as const) : start.isPending ? ('start' as const) : null;
  return {
    /** One at a time; clears the other's result. */
    send: (body: StartRequest, dryRun: boolean, onStarted: (run: RunView) => void): void => {
      if (busy !== null) return;
      if (dryRun) {
        start.reset();
        check.mutate(body);
      } else {
        check.reset();
        start.mutate(body, { onSuccess: onStarted });
      }
    },
    error: start.error ?? check.error,
    plan: check.data ?? null,
    busy,
  };
};
