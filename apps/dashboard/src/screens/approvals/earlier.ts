import { useQuery } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { runOfGate } from '../../parts/gates/gate-words.ts';
import type { Comparison } from './compared.ts';

/** The gate that is compared with, and what it showed. */
export const useEarlier = ({ gate_id }: Comparison) =>
  useQuery({
    queryKey: ['gates', runOfGate(gate_id), 'one', gate_id],
    queryFn: ({ signal }) => api.gate(gate_id, signal),
  });
