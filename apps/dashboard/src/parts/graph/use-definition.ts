/** One version of a definition, as pinned by a run: immutable, so it is read once. */
import { ApiError, type Stage } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../api.ts';

interface Pinned {
  readonly pipeline: string;
  readonly version: string;
}

export const useGraph = ({ pipeline, version }: Pinned) =>
  useQuery({
    queryKey: ['graph', pipeline, version],
    queryFn: ({ signal }) => api.graph(pipeline, version, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** `stages` is empty while loading and if the version is gone. */
export const useDefinition = ({
  pipeline,
  version,
}: Pinned): { readonly stages: ReadonlyMap<string, Stage>; readonly gone: boolean } => {
  const { data, error } = useQuery({
    queryKey: ['definition', pipeline, version],
    queryFn: ({ signal }) => api.pipeline(pipeline, { version }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const stages = useMemo(() => new Map(data?.stages.map((stage) => [stage.name, stage])), [data]);
  return { stages, gone: error instanceof ApiError && error.status === 404 };
};
