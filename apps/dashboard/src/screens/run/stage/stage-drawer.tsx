/** A stage next to the graph or timeline: status, attempts, definition and output. */
import { isTerminalRun, type Run, shortRunId } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { formatShare } from '../../../format/amounts.ts';
import type { Progress } from '../../../live/live-run.ts';
import { useDefinition, useGraph } from '../../../parts/graph/use-definition.ts';
import { Button } from '../../../ui/button.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { StatusMark } from '../../../ui/status-mark.tsx';
import { Countdown, Elapsed, Instant } from '../../../ui/times.tsx';
import { RetryFromHere } from '../head/run-actions.tsx';
import { StageWaits } from '../waiting.tsx';
import { AttemptsTable, StageOutput, StagePolicy } from './stage-facts.tsx';

interface StageDrawerProps {
  run: Run;
  name: string;
  progress: Progress | null;
  /** Null closes it. */
  onOpen: (stage: string | null) => void;
}

export const StageDrawer = ({ run, name, progress, onOpen }: StageDrawerProps) => {
  const box = useRef<HTMLElement>(null);
  const definition = useDefinition(run).stages.get(name);
  const stage = run.stages.find((one) => one.stage === name);
  useEffect(() => {
    // Keyboard users continue inside, and return to where they were.
    const opener = document.activeElement;
    const drawer = box.current!;
    if (isStage(opener)) drawer.focus({ preventScroll: true });
    const onKey = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') onOpen(null);
    };
    drawer.addEventListener('keydown', onKey);
    return () => {
      drawer.removeEventListener('keydown', onKey);
      if (isStage(opener) && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, [onOpen]);
  return (
    <aside
      ref={box}
      tabIndex={-1}
      aria-label={`Stage ${name}`}
      className="outline-none fixed inset-x-0 bottom-0 z-20 max-h-[75dvh] overflow-y-auto rounded-t-xl border border-line bg-panel shadow-lg lg:sticky lg:inset-x-auto lg:top-16 lg:bottom-auto lg:max-h-[calc(100dvh-5rem)] lg:rounded-lg lg:shadow-none"
    >
      <div className="sticky top-0 z-10 flex items-center gap-3 border-b border-line bg-panel px-4 py-2">
        <h2 className="min-w-0 truncate text-base font-semibold" title={name}>
          {name}
        </h2>
        {stage ? (
          <span role="status" aria-live="polite">
            <StatusMark status={stage.status} />
          </span>
        ) : null}
        <Button
          kind="quiet"
          aria-label="Close the stage"
          title="Close (Escape)"
          className="ml-auto px-2"
          onClick={() => onOpen(null)}
        >
          ✕
        </Button>
      </div>
      <div className="space-y-5 p-4">
        {stage ? (
          <>
            <Times stage={stage} progress={progress} />
            <StageWaits run={run} stage={stage} />
            {stage.error === null ? null : (
              <Notice tone={stage.status === 'retrying' ? 'warn' : 'bad'} title={stage.error.code}>
                <pre
                  tabIndex={0}
                  aria-label="The error"
                  className="max-h-72 overflow-y-auto font-sans whitespace-pre-wrap text-ink"
                >
                  {stage.error.message}
                </pre>
              </Notice>
            )}
            <Elsewhere run={run} name={name} />
            {isTerminalRun(run.status) ? <RetryFromHere run={run} stage={name} /> : null}
            <Part title="Attempts">
              <AttemptsTable runId={run.runId} stage={stage} />
            </Part>
            <StageOutput run={run} stage={stage} />
          </>
        ) : (
          <Notice tone="plain" title="This stage is not in this run">
            The run was started for other stages only, or the pipeline has no stage of this name.
          </Notice>
        )}
        <Neighbours run={run} name={name} onOpen={onOpen} />
        {definition ? (
          <Part title="Definition">
            <StagePolicy definition={definition} />
          </Part>
        ) : null}
      </div>
    </aside>
  );
};

const isStage = (element: Element | null): element is HTMLElement =>
  element instanceof HTMLElement && element.dataset['stage'] !== undefined;

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section>
    <h3 className="mb-1.5 font-semibold">{title}</h3>
    {children}
  </section>
);

const Times = ({ stage, progress }: { stage: Run['stages'][number]; progress: Progress | null }) => (
  <div className="space-y-2">
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
      {stage.queuedAt === null || stage.startedAt !== null ? null : (
        <Row name="Queued for">{<Elapsed from={stage.queuedAt} to={stage.finishedAt} />}</Row>
      )}
      {stage.startedAt === null ? null : (
        <>
          <Row name="Started">
            <Instant at={stage.startedAt} />
          </Row>
          <Row name="Took">
            <Elapsed from={stage.startedAt} to={stage.finishedAt} />
          </Row>
        </>
      )}
      {stage.queuedAt !== null &&
      stage.startedAt !== null &&
      stage.startedAt >= stage.queuedAt &&
      stage.attempt === 1 ? (
        <Row name="Time in queue">
          <Elapsed from={stage.queuedAt} to={stage.startedAt} />
        </Row>
      ) : null}
      {stage.nextAttemptAt === null ? null : (
        <Row name="Next attempt">
          <Countdown to={stage.nextAttemptAt} />
        </Row>
      )}
      {stage.worker === null ? null : <Row name="Worker">{stage.worker}</Row>}
      {stage.provenance === 'ran' ? null : (
        <Row name="Result is">
          {stage.provenance}
          {stage.reusedFrom === null ? null : <Origin stage={stage.stage} from={stage.reusedFrom} />}
        </Row>
      )}
    </dl>
    {progress === null ? null : (
      <div>
        <progress aria-label="Progress" max={1} value={progress.fraction} className="h-2 w-full accent-busy" />
        <p className="text-quiet">
          {formatShare(progress.fraction)} {progress.message}
        </p>
      </div>
    )}
  </div>
);

const Origin = ({ stage, from }: { stage: string; from: NonNullable<Run['stages'][number]['reusedFrom']> }) => (
  <>
    {' from '}
    <Link
      to="/runs/$runId"
      params={{ runId: from.runId }}
      search={{ tab: 'timeline', stage }}
      className="font-mono text-accent underline"
    >
      {shortRunId(from.runId)}
    </Link>
    {from.otherParams ? <span className="text-warn">, made with other params</span> : null}
  </>
);

const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-faint">{name}</dt>
    <dd>{children}</dd>
  </>
);

const Elsewhere = ({ run, name }: { run: Run; name: string }) => (
  <nav aria-label={`More of ${name}`} className="flex gap-4">
    {(['logs', 'events', 'artifacts'] as const).map((tab) => (
      <Link
        key={tab}
        to="/runs/$runId"
        params={{ runId: run.runId }}
        search={{ tab, stage: name }}
        className="text-accent underline"
      >
        Its {tab}
      </Link>
    ))}
  </nav>
);

const Neighbours = ({ run, name, onOpen }: Pick<StageDrawerProps, 'run' | 'name' | 'onOpen'>) => {
  const edges = useGraph(run).data?.edges ?? [];
  const statuses = new Map(run.stages.map(({ stage, status }) => [stage as string, status]));
  const list = (title: string, names: readonly string[]) =>
    names.length === 0 ? null : (
      <Part title={title}>
        <ul className="flex max-h-48 flex-wrap gap-1.5 overflow-y-auto">
          {names.map((other) => {
            const status = statuses.get(other);
            return (
              <li key={other} className="max-w-full">
                <Button onClick={() => onOpen(other)} className="max-w-full font-normal">
                  <span className="truncate">{other}</span>{' '}
                  {status ? <StatusMark status={status} /> : <span className="text-faint">not in this run</span>}
                </Button>
              </li>
            );
          })}
        </ul>
      </Part>
    );
  return (
    <>
      {list(
        'Depends on',
        edges.filter(({ to }) => to === name).map(({ from }) => from),
      )}
      {list(
        'Needed by',
        edges.filter(({ from }) => from === name).map(({ to }) => to),
      )}
    </>
  );
};
