import { queryClient } from '../../live/query-client.ts';

/** After a change: whatever shows schedules reads them again. */
export const rereadSchedules = async (): Promise<void> => {
  await Promise.all(['schedules', 'ticks', 'pipelines', 'pipeline', 'health'].map((word) => queryClient.invalidateQueries({ queryKey: [word] })));
};
