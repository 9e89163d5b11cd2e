import type { Run } from '@millrace/core/domain';
import { getRouteApi } from '@tanstack/react-router';
import { memo } from 'react';
import { Button } from '../../../ui/button.tsx';
import { wordOf } from '../../../ui/status.tsx';
import type { ChosenAttempt } from './choose-attempt.ts';

const route = getRouteApi('/runs/$runId');

/** Selects stage and attempt, with a shortcut to a running stage. */
export const AttemptPicker = ({ run, chosen }: { run: Run; chosen: ChosenAttempt }) => {
  const navigate = route.useNavigate();
  const pick = (stage: string, attempt: number): void =>
    void navigate({ search: ({ line: _, ...search }) => ({ ...search, stage, attempt }), replace: true, resetScroll: false });
  const current = run.stages.find(({ stage }) => stage === chosen.stage);
  const newest = Math.max(1, current?.attempt ?? 1);
  const running = run.stages.find(({ stage, status }) => status === 'running' && stage !== chosen.stage);
  return (
    <div className="flex flex-wrap items-center gap-3 border-b border-line px-3 py-2">
      <label className="flex min-w-0 items-center gap-2">
        Stage
        <select
          value={chosen.stage}
          onChange={(event) => pick(event.target.value, Math.max(1, run.stages.find(({ stage }) => stage === event.target.value)?.attempt ?? 1))}
          className="min-h-8 max-w-64 min-w-0 rounded-md border border-line bg-canvas px-2"
        >
          <StageOptions stages={run.stages} />
        </select>
      </label>
      <label className="flex items-center gap-2">
        Attempt
        <select
          value={chosen.attempt}
          onChange={(event) => pick(chosen.stage, Number(event.target.value))}
          className="min-h-8 rounded-md border border-line bg-canvas px-2"
        >
          {chosen.attempt > newest ? <option value={chosen.attempt}>{chosen.attempt}, not run yet</option> : null}
          {Array.from({ length: newest }, (_, index) => index + 1).map((attempt) => (
            <option key={attempt} value={attempt}>
              {attempt} of {newest}
            </option>
          ))}
        </select>
      </label>
      {running && current?.status !== 'running' ? (
        <Button kind="quiet" onClick={() => pick(running.stage, running.attempt)}>
          {running.stage} is running: show its log
        </Button>
      ) : null}
    </div>
  );
};

/** May hold thousands of options, and the run changes with every event: rerenders only when a state changes. */
const StageOptions = memo(
  ({ stages }: { stages: Run['stages'] }) =>
    stages.map(({ stage, status }) => (
      <option key={stage} value={stage}>
        {stage} ({wordOf(status)})
      </option>
    )),
  (before, after) =>
    before.stages.length === after.stages.length &&
    before.stages.every(({ stage, status }, at) => after.stages[at]!.stage === stage && after.stages[at]!.status === status),
);
