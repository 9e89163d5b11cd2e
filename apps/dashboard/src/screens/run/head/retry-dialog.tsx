import { ApiError, type RetryPlan, type RetryRequest } from '@millrace/client';
import { type Run, shortRunId } from '@millrace/core/domain';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, newIdempotencyKey } from '../../../api.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { FIELD_LOOK } from '../../../ui/field.tsx';
import { Loading, Notice } from '../../../ui/notice.tsx';
import { Beyond, Cell, Table } from '../../../ui/table.tsx';

type Planned = RetryPlan['stages'][number];
type What = 'failed' | 'from' | 'all';

/** Shows what a retry would do, and does exactly that. `from`: the stage that it begins at. */
export const RetryDialog = ({ run, from, onClose }: { run: Run; from: string | null; onClose: () => void }) => {
  const [what, setWhat] = useState<What>(from === null ? 'failed' : 'from');
  const [stage, setStage] = useState(from ?? run.stages[0]?.stage ?? '');
  const [only, setOnly] = useState(false);
  const [current, setCurrent] = useState(false);
  const request: RetryRequest = {
    ...(what === 'from' ? { from: stage, downstream: !only } : { failed_only: what === 'failed' }),
    definition: current ? 'current' : 'same',
  };
  const plan = useQuery({
    queryKey: ['retry', run.runId, request],
    queryFn: () => api.planRetry(run.runId, request),
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
  return (
    <Dialog title={`Retry ${run.pipeline} ${shortRunId(run.runId)}`} onClose={onClose} wide>
      <div className="space-y-3">
        <fieldset className="space-y-1.5">
          <legend className="mb-1 text-quiet">A new run, which reuses results of this one. It runs</legend>
          <Choice label="what did not succeed" chosen={what === 'failed'} choose={() => setWhat('failed')} />
          <div className="flex flex-wrap items-center gap-2">
            <Choice label="from a stage on" chosen={what === 'from'} choose={() => setWhat('from')} />
            {what === 'from' ? (
              <>
                <select
                  aria-label="The stage"
                  value={stage}
                  onChange={(event) => setStage(event.target.value)}
                  className={`${FIELD_LOOK} max-w-64`}
                >
                  {run.stages.map((one) => (
                    <option key={one.stage}>{one.stage}</option>
                  ))}
                </select>
                <Check label="without what depends on it" checked={only} check={setOnly} />
              </>
            ) : null}
          </div>
          <Choice label="everything" chosen={what === 'all'} choose={() => setWhat('all')} />
          <Check label="on the current definition: stages that changed run" checked={current} check={setCurrent} />
        </fieldset>
        {plan.isPending ? (
          <Loading what="the plan" />
        ) : plan.isError ? (
          <Notice tone="warn" title="This cannot be retried so" error={plan.error} />
        ) : (
          <PlanTable plan={plan.data} />
        )}
        <Start
          key={plan.data?.plan_hash}
          run={run}
          request={plan.isSuccess && !plan.isPlaceholderData ? { ...request, plan_hash: plan.data.plan_hash } : null}
          onClose={onClose}
        />
      </div>
    </Dialog>
  );
};

const Choice = ({ label, chosen, choose }: { label: string; chosen: boolean; choose: () => void }) => (
  <label className="flex items-center gap-2">
    <input type="radio" name="what" checked={chosen} onChange={choose} />
    {label}
  </label>
);

const Check = ({ label, checked, check }: { label: string; checked: boolean; check: (checked: boolean) => void }) => (
  <label className="flex items-center gap-2">
    <input type="checkbox" checked={checked} onChange={(event) => check(event.target.checked)} />
    {label}
  </label>
);

/** `request` null: there is no plan to carry out. */
const Start = ({ run, request, onClose }: { run: Run; request: RetryRequest | null; onClose: () => void }) => {
  const [key] = useState(newIdempotencyKey);
  const navigate = useNavigate();
  const start = useMutation({
    mutationFn: (asked: RetryRequest) => api.retry(run.runId, asked, key),
    onSuccess: ({ run_id }) => {
      onClose();
      void navigate({ to: '/runs/$runId', params: { runId: run_id } });
    },
  });
  const live = start.error instanceof ApiError ? start.error.problem['live_run_id'] : undefined;
  return (
    <>
      {start.isError ? (
        <Notice tone="bad" title="Could not retry the run" error={start.error}>
          {typeof live === 'string' ? (
            <Link to="/runs/$runId" params={{ runId: live }} onClick={onClose} className="text-accent underline">
              Open the live run
            </Link>
          ) : null}
        </Notice>
      ) : null}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Leave as is</Button>
        <Button
          kind="primary"
          busy={start.isPending}
          refusal={request === null ? 'There is no plan to carry out.' : null}
          onClick={() => request && start.mutate(request)}
        >
          Retry
        </Button>
      </div>
    </>
  );
};

/** Stages listed. */
const SHOWN = 200;

const WORDS = {
  run: { word: 'runs', sign: '▸', tone: 'text-busy' },
  reuse: { word: 'reused', sign: '✓', tone: 'text-good' },
  skip: { word: 'skipped', sign: '–', tone: 'text-quiet' },
  leave_out: { word: 'left out', sign: '○', tone: 'text-faint' },
} as const satisfies Record<Planned['action'], unknown>;

const PlanTable = ({ plan }: { plan: RetryPlan }) => {
  const counts = (Object.keys(WORDS) as Planned['action'][]).flatMap((action) => {
    const count = plan.stages.filter((one) => one.action === action).length;
    return count === 0 ? [] : [`${count} ${WORDS[action].word}`];
  });
  return (
    <>
      <p role="status">
        The plan: <strong>{counts.join(', ')}</strong>
      </p>
      <div className="max-h-72 overflow-y-auto rounded border border-line">
        <Table label="The plan" columns={['Stage', 'What', 'Because']}>
          {plan.stages.slice(0, SHOWN).map(({ stage, action, because, reused_from: from }) => (
            <tr key={stage}>
              <Cell className="font-medium wrap-anywhere">{stage}</Cell>
              <Cell className={`whitespace-nowrap ${WORDS[action].tone}`}>
                <span aria-hidden="true">{WORDS[action].sign}</span> {WORDS[action].word}
              </Cell>
              <Cell className="text-quiet">
                {because}
                {from === null ? null : ` in ${shortRunId(from.run_id)}`}
                {from?.other_params ? <span className="text-warn">, with other params</span> : null}
              </Cell>
            </tr>
          ))}
        </Table>
        {plan.stages.length > SHOWN ? <Beyond shown={SHOWN} of={plan.stages.length} /> : null}
      </div>
    </>
  );
};
