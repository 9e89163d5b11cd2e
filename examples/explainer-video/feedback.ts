import { settings, type StageTools } from './shapes.ts';
import { type Requests, requestsIn } from './text/requests.ts';

/** What was asked for at the gate that sent the stage back. `known`: the requests that this stage can meet. */
export const feedbackOf = <Known extends keyof Requests>(
  tools: Pick<StageTools, 'feedback' | 'log'>,
  known: readonly Known[],
): Pick<Requests, Known> => {
  const notes = tools.feedback?.notes ?? null;
  const requests = requestsIn(notes === null ? [] : [notes]);
  const nothing = requestsIn([]);
  const met = known.filter((name) => JSON.stringify(requests[name]) !== JSON.stringify(nothing[name]));
  if (notes !== null)
    tools.log(
      met.length === 0
        ? `the notes name nothing that this stage can change (${known.join(', ')}): ${notes}`
        : `by the notes: ${met.map((name) => `${name} ${JSON.stringify(requests[name])}`).join(', ')}`,
    );
  return requests;
};

/** The nearest whole number that the configuration allows. */
export const withinLimits = (name: 'scenes' | 'words' | 'words_a_minute', value: number): number => {
  const { minValue, maxValue } = settings.shape[name];
  return Math.round(Math.min(maxValue ?? value, Math.max(minValue ?? value, value)));
};
