import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../api.ts';

interface Recurrence {
  readonly cron?: string | undefined;
  readonly every?: string | number | undefined;
  readonly timezone: string;
}

const SETTLES_MS = 250;

/** The scheduler's preview of the draft, fetched when typing pauses. Errors are the API's, with field paths. */
export const usePreview = ({ cron, every, timezone }: Recurrence, n: number) => {
  const settled = useSettled(JSON.stringify({ cron, every, timezone, n }));
  return useQuery({
    queryKey: ['schedule-preview', settled],
    queryFn: ({ signal }) => api.previewSchedule(JSON.parse(settled) as Record<string, string>, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
};

const useSettled = (text: string): string => {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
};
