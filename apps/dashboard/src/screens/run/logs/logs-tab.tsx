/** The log of one attempt, from the first line to the current one. */
import { attemptLabel, type Run, type StageRun } from '@millrace/core/domain';
import { getRouteApi } from '@tanstack/react-router';
import { memo, useCallback, useState, useSyncExternalStore } from 'react';
import { BASE_PATH } from '../../../served-below.ts';
import { formatCount } from '../../../format/amounts.ts';
import { useLiveStatus } from '../../../live/live-provider.tsx';
import type { LiveRun } from '../../../live/live-run.ts';
import { Button } from '../../../ui/button.tsx';
import { Empty, Notice } from '../../../ui/notice.tsx';
import { wordOf } from '../../../ui/status-mark.tsx';
import { useFirstKept } from '../first-kept.tsx';
import { chooseAttempt, type ChosenAttempt } from './choose-attempt.ts';
import type { LogBuffer } from './log-buffer.ts';
import { LogPanel } from './log-panel.tsx';
import { type LogState, useLog } from './open-log.ts';

const route = getRouteApi('/runs/$runId');

export const LogsTab = ({ run, source }: { run: Run; source: LiveRun }) => {
  const { stage, generation, attempt } = route.useSearch();
  // Reading a stage's log is not interrupted when the next stage starts.
  const [kept, keep] = useState<ChosenAttempt | null>(null);
  const chosen = stage === undefined && kept !== null ? kept : chooseAttempt(run, { stage, generation, attempt });
  if (stage === undefined && kept === null && chosen !== null) keep(chosen);
  if (chosen === null) return <Empty title="No lines yet">Output appears here as soon as a stage starts.</Empty>;
  return (
    <section aria-label="Log" className="overflow-hidden rounded-lg border border-line bg-panel">
      <AttemptPicker run={run} chosen={chosen} />
      <AttemptLog key={`${chosen.stage} ${attemptLabel(chosen)}`} run={run} source={source} chosen={chosen} />
    </section>
  );
};

const AttemptLog = ({ run, source, chosen }: { run: Run; source: LiveRun; chosen: ChosenAttempt }) => {
  const { line } = route.useSearch();
  const navigate = route.useNavigate();
  const { lines, state, again } = useLog(run.runId, chosen, source);
  const whole = useFirstKept(run).firstKept === 1;
  const offline = useLiveStatus() === 'offline';
  const { stage, generation, attempt } = chosen;
  const mark = useCallback(
    (name: string) =>
      void navigate({
        search: (search) => ({ ...search, stage, generation, attempt, line: name }),
        replace: true,
        resetScroll: false,
      }),
    [navigate, stage, generation, attempt],
  );
  const found = run.stages.find((one) => one.stage === stage);
  const running = found?.status === 'running' && attemptLabel(found) === attemptLabel(chosen);
  const downloadHref = `${BASE_PATH}/api/v1/runs/${encodeURIComponent(run.runId)}/logs/download?${new URLSearchParams({ stage, generation: String(generation), attempt: String(attempt), format: 'text' }).toString()}`;
  return (
    <>
      {state.phase === 'broken' ? (
        <Notice tone="bad" title="Could not load the whole log" error={state.error}>
          <Button onClick={again}>Try again</Button>
        </Notice>
      ) : null}
      <LogStatus
        lines={lines}
        phase={state.phase}
        running={running}
        offline={offline}
        whole={whole}
        line={line}
        attempted={found !== undefined && (found.generation > generation || found.attempt >= attempt)}
      />
      <LogPanel chosen={chosen} lines={lines} marked={line} onMark={mark} downloadHref={downloadHref} />
    </>
  );
};

/** Selects stage and attempt, with a shortcut to a running stage. */
const AttemptPicker = ({ run, chosen }: { run: Run; chosen: ChosenAttempt }) => {
  const navigate = route.useNavigate();
  const pick = (picked: ChosenAttempt): void =>
    void navigate({
      search: ({ line: _, ...search }) => ({
        ...search,
        stage: picked.stage,
        generation: picked.generation,
        attempt: picked.attempt,
      }),
      replace: true,
      resetScroll: false,
    });
  const current = run.stages.find(({ stage }) => stage === chosen.stage);
  const attempts = attemptsOf(current);
  const running = run.stages.find(({ stage, status }) => status === 'running' && stage !== chosen.stage);
  return (
    <div className="flex flex-wrap items-center gap-3 border-b border-line px-3 py-2">
      <label className="flex min-w-0 items-center gap-2">
        Stage
        <select
          value={chosen.stage}
          onChange={(event) => pick(chooseAttempt(run, { stage: event.target.value })!)}
          className="min-h-8 max-w-64 min-w-0 rounded-md border border-line bg-canvas px-2"
        >
          <StageOptions stages={run.stages} />
        </select>
      </label>
      <label className="flex items-center gap-2">
        Attempt
        <select
          value={attemptLabel(chosen)}
          onChange={(event) => pick(attempts.find((one) => attemptLabel(one) === event.target.value) ?? chosen)}
          className="min-h-8 rounded-md border border-line bg-canvas px-2"
        >
          {attempts.some((one) => attemptLabel(one) === attemptLabel(chosen)) ? null : (
            <option value={attemptLabel(chosen)}>{attemptLabel(chosen)}, not run yet</option>
          )}
          {attempts.map((one) => (
            <option key={attemptLabel(one)} value={attemptLabel(one)}>
              {one.attempt} of {one.of}
              {attempts.at(-1)!.generation === 1 ? '' : `, generation ${one.generation}`}
            </option>
          ))}
        </select>
      </label>
      {running && current?.status !== 'running' ? (
        <Button kind="quiet" onClick={() => pick(running)}>
          {running.stage} is running: show its log
        </Button>
      ) : null}
    </div>
  );
};

/** Every attempt of the stage, by generation; `of`: how many that one has. One that has not begun yet: its first. */
const attemptsOf = (stage: StageRun | undefined): readonly (ChosenAttempt & { readonly of: number })[] => {
  if (!stage) return [];
  const most = new Map<number, number>();
  for (const { generation, attempt } of stage.attempts)
    most.set(generation, Math.max(attempt, most.get(generation) ?? 0));
  most.set(stage.generation, Math.max(1, stage.attempt));
  return [...most].flatMap(([generation, of]) =>
    Array.from({ length: of }, (_, index) => ({ stage: stage.stage, generation, attempt: index + 1, of })),
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
    before.stages.every(
      ({ stage, status }, at) => after.stages[at]!.stage === stage && after.stages[at]!.status === status,
    ),
);

interface LogStatusProps {
  readonly lines: LogBuffer;
  readonly phase: LogState['phase'];
  readonly running: boolean;
  readonly offline: boolean;
  /** Whether the run's log still has its beginning. */
  readonly whole: boolean;
  /** The line in the address. */
  readonly line: string | undefined;
  /** Whether the attempt exists. */
  readonly attempted: boolean;
}

/** Says how much of the log is loaded, and whether more will come. */
const LogStatus = ({ lines, ...facts }: LogStatusProps) => {
  useSyncExternalStore(lines.onChange, lines.version);
  const missing = facts.phase === 'read' && facts.line !== undefined && lines.positionOf(facts.line) === null;
  return (
    <p className="border-b border-line px-3 py-1.5 text-quiet">
      {wordsFor(lines.count, facts)}
      {missing ? <span className="text-warn"> The linked line is not in this attempt's log.</span> : null}
      {lines.count > 0 ? (
        <span className="text-faint"> Press j and k to move between lines, c to copy one.</span>
      ) : null}
    </p>
  );
};

const wordsFor = (
  count: number,
  { phase, running, offline, whole, attempted }: Omit<LogStatusProps, 'lines'>,
): string => {
  const lines = `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`;
  if (phase === 'reading') return count === 0 ? 'Loading the log…' : `Loading… ${lines} so far.`;
  if (phase === 'broken') return `${lines} loaded.`;
  if (!attempted) return 'This attempt has not run yet: its lines will appear here.';
  if (running && offline) return `${lines}. Connection lost: new lines will appear when it is back.`;
  if (running)
    return count === 0
      ? 'No lines yet: they will appear as the stage writes them.'
      : `${lines} so far; the stage is still writing.`;
  if (!whole)
    return count === 0
      ? "This attempt's lines were deleted by retention."
      : `${lines} left after retention: the attempt has ended.`;
  return count === 0 ? 'This attempt wrote nothing.' : `${lines}: the attempt has ended.`;
};
