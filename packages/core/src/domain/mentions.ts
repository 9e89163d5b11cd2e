import type { RunFacts } from './run.ts';

/**
 * Whether a run contains the text, ignoring case, in its id, pipeline, mode, reason, labels, params (keys and values),
 * error or trigger.
 */
export const mentions = (
  { runId, pipeline, mode, reason, labels, params, trigger, error }: RunFacts,
  text: string,
): boolean => {
  const wanted = text.toLowerCase();
  const words = [
    runId,
    pipeline,
    mode,
    reason,
    trigger.by,
    trigger.scheduleId,
    error?.code,
    error?.message,
    ...Object.entries(labels).flat(),
    ...Object.entries(params).flatMap(textOf),
  ];
  return words.some((word) => word?.toLowerCase().includes(wanted));
};

const textOf = ([key, value]: [string, unknown]): readonly string[] => [
  key,
  typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
];
