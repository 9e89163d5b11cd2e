/** One gate: what is to be judged, and beside it the decision. */
import { ApiError, type Gate } from '@millrace/client';
import { shortRunId } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { GateStatus } from '../../parts/gates/gate-status.tsx';
import { runOfGate } from '../../parts/gates/gate-words.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { artifactChange, comparisonsOf, removedStages } from './compared.ts';
import { ComparedWith } from './compared-with.tsx';
import { DecisionPanel } from './decision-panel.tsx';
import { GateFacts, NextGate } from './gate-facts.tsx';
import { openFirst } from './open-first.ts';
import { ShownStage } from './shown-stage.tsx';
import { useDecision } from './use-decision.ts';

const route = getRouteApi('/approvals/$gateId');

export const Screen = () => {
  const { gateId } = route.useParams();
  return <Existing key={gateId} id={gateId} />;
};

const Existing = ({ id }: { id: string }) => {
  const gate = useQuery({
    queryKey: ['gates', runOfGate(id), 'one', id],
    queryFn: ({ signal }) => api.gate(id, signal),
  });
  if (gate.error instanceof ApiError && gate.error.status === 404)
    return (
      <>
        <PageHead title="Gate not found" />
        <Empty title="There is no such gate">
          Its run may have been deleted by retention, or the address is incomplete. <ToAll />
        </Empty>
      </>
    );
  if (gate.data) return <GatePage gate={gate.data} />;
  return (
    <>
      <PageHead title="Gate" />
      {gate.isError ? (
        <Notice tone="bad" title="Could not load the gate" error={gate.error}>
          <ToAll />
        </Notice>
      ) : (
        <Loading what="the gate" />
      )}
    </>
  );
};

const ToAll = () => (
  <Link to="/approvals" className="text-accent underline">
    To the approvals
  </Link>
);

const GatePage = ({ gate }: { gate: Gate }) => {
  const decision = useDecision(gate);
  return (
    <>
      <PageHead
        title={gate.stage}
        beside={
          <>
            <span role="status" aria-live="polite">
              <GateStatus status={gate.status} />
            </span>
            <span className="text-quiet">
              of{' '}
              <Link to="/pipelines/$pipeline" params={{ pipeline: gate.pipeline }} className="text-accent underline">
                {gate.pipeline}
              </Link>
              ,{' '}
              <Link
                to="/runs/$runId"
                params={{ runId: gate.run_id }}
                search={{ stage: gate.stage }}
                title={gate.run_id}
                className="text-accent underline"
              >
                run {shortRunId(gate.run_id)}
              </Link>
            </span>
          </>
        }
        actions={
          <>
            <NextGate gate={gate} />
            <a href="#decision" className="font-medium text-accent underline lg:hidden">
              To the decision
            </a>
          </>
        }
      />
      <div className="space-y-4">
        {decision.conflict === null ? null : (
          <Notice tone="bad" title="Nothing was decided" error={decision.conflict}>
            What is shown here is up to date again.
          </Notice>
        )}
        {decision.isStale ? (
          <Notice tone="warn" title="The gate shows something else now than when you opened it">
            <p>Look at it again before you decide.</p>
            <Button className="mt-2" onClick={decision.acknowledge}>
              I have looked at it
            </Button>
          </Notice>
        ) : null}
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_25rem]">
          <Judged gate={gate} />
          <div
            id="decision"
            tabIndex={-1}
            className="min-w-0 scroll-mt-28 space-y-4 outline-none lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:overflow-y-auto"
          >
            <DecisionPanel gate={gate} decision={decision} />
            <GateFacts gate={gate} />
          </div>
        </div>
      </div>
    </>
  );
};

/** All that the decision is about. */
const Judged = ({ gate }: { gate: Gate }) => {
  const comparisons = comparisonsOf(gate);
  const [since, setSince] = useState(comparisons[0]?.since ?? null);
  const comparison = comparisons.find((one) => one.since === since)?.comparison ?? null;
  // Once opened or closed by the reader, they stay so.
  const open = useMemo(
    () => openFirst(gate.shown, (stage, name) => artifactChange(comparison, stage, name) === 'same'),
    [gate.shown, comparison],
  );
  const removed = removedStages(comparison);
  return (
    <div className="min-w-0 space-y-6">
      <ComparedWith comparisons={comparisons} since={since} onChoose={setSince} />
      {gate.shown.length === 0 ? (
        <Empty title="There is nothing to look at">No stage before this gate has made anything.</Empty>
      ) : (
        gate.shown.map((shown) => (
          <ShownStage
            key={`${shown.stage}/${shown.generation}`}
            runId={gate.run_id}
            shown={shown}
            comparison={comparison}
            open={open}
          />
        ))
      )}
      {removed.length === 0 ? null : <p className="text-quiet">Not shown any more: {removed.join(', ')}.</p>}
    </div>
  );
};
