import { isDeepStrictEqual } from 'node:util';
import { isTerminalStage, type Run, type RunSummary } from '../../domain/index.ts';

/** A run's summary says the same as the run with all its stages. */
export const checkSummary = ({ stageCounts, ...listed }: RunSummary, { stages, ...run }: Run): readonly string[] => {
  const ended = stages.filter(({ status }) => isTerminalStage(status)).length;
  const running = stages.filter(({ status }) => status === 'running').length;
  const counted = { total: stages.length, ended, running };
  const wrong = Object.keys(run).filter(
    (key) => !isDeepStrictEqual(run[key as keyof typeof run], listed[key as keyof typeof listed]),
  );
  return [
    ...wrong.map(
      (key) =>
        `S8 ${key}: the summary has ${JSON.stringify(listed[key as never])}, the run ${JSON.stringify(run[key as never])}`,
    ),
    ...(isDeepStrictEqual(stageCounts, counted)
      ? []
      : [`S8 the summary counts ${JSON.stringify(stageCounts)}, the run has ${JSON.stringify(counted)}`]),
  ];
};
