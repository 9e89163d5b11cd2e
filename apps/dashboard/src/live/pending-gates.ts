import { useQuery } from '@tanstack/react-query';
import { api } from '../api.ts';

/** More than these are not counted. */
const MOST = 99;

/** How many gates wait for a decision that the reader can see: "3", "99+"; null: none, or not known. */
export const usePendingGates = (): string | null => {
  const { data } = useQuery({
    queryKey: ['gates', 'all', 'count'],
    queryFn: async ({ signal }) => (await api.gates({ limit: MOST + 1 }, signal)).items.length,
  });
  if (!data) return null;
  return data > MOST ? `${MOST}+` : String(data);
};
