import { queryClient } from '../../live/query-client.ts';

/** After a change, invalidates every query of schedules. */
export const rereadSchedules = async (): Promise<void> => {
  await Promise.all(['schedules', 'ticks', 'pipelines', 'pipeline', 'health'].map((word) => queryClient.invalidateQueries({ queryKey: [word] })));
};
