import { useQuery } from '@tanstack/react-query';
import { api } from '../../api.ts';

/** Workers come and go without run events: reread interval, ms. */
const REFRESH_MS = 5_000;

export const useHealth = () => useQuery({ queryKey: ['health'], queryFn: ({ signal }) => api.health(signal), refetchInterval: REFRESH_MS });
