import type { ListedGate } from '@millrace/client';
import { shortRunId } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { api } from '../../api.ts';
import { formatCount } from '../../format/amounts.ts';
import { GateStatus } from '../../parts/gates/gate-status.tsx';
import { GateDeadline } from '../../parts/gates/gate-time.tsx';
import { decidedBy, kindWords } from '../../parts/gates/gate-words.ts';
import { useRowKeys } from '../../shell/shortcuts.ts';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Beyond, Cell, Table } from '../../ui/table.tsx';
import { Ago, Elapsed } from '../../ui/times.tsx';
import { type ApprovalsSearch, readApprovalsSearch } from './approvals-search.ts';

const route = getRouteApi('/approvals');

/** Each row has a countdown: more rows would slow the page. */
const MOST_ROWS = 200;

/** Gates that wait for a decision, or were decided. */
export const Screen = () => {
  const search = route.useSearch();
  const { status = 'pending', mine = false, pipeline } = search;
  const gates = useQuery({
    queryKey: ['gates', 'all', 'list', status, mine, pipeline ?? null],
    queryFn: ({ signal }) => api.gates({ status, mine: String(mine), pipeline, limit: MOST_ROWS }, signal),
  });
  return (
    <>
      <PageHead title="Approvals" />
      <div className="space-y-4">
        <Filters search={search} />
        {gates.data ? (
          <List gates={gates.data.items} more={gates.data.next_cursor !== null} search={search} />
        ) : gates.isError ? (
          <Notice tone="bad" title="Could not load the gates" error={gates.error} />
        ) : (
          <Loading what="the gates" />
        )}
      </div>
    </>
  );
};

const Filters = ({ search }: { search: ApprovalsSearch }) => {
  const navigate = useNavigate();
  const pipelines = useQuery({
    queryKey: ['pipelines', 'names'],
    queryFn: async ({ signal }) => (await api.pipelines({ limit: 500 }, signal)).items.map(({ name }) => name),
  }).data;
  const choose = (change: Record<string, unknown>): void =>
    void navigate({ to: '/approvals', search: readApprovalsSearch({ ...search, ...change }), replace: true });
  return (
    <search className="flex flex-wrap items-end gap-3">
      <Choice
        label="Show"
        value={search.status ?? ''}
        options={{ '': 'waiting', closed: 'decided' }}
        onChoose={(status) => choose({ status })}
      />
      <Choice
        label="For"
        value={search.mine ? 'true' : ''}
        options={{ '': 'everybody', true: 'me to decide' }}
        onChoose={(mine) => choose({ mine })}
      />
      <Choice
        label="Pipeline"
        value={search.pipeline ?? ''}
        options={{
          '': 'all',
          ...Object.fromEntries(
            [...new Set([...(pipelines ?? []), ...(search.pipeline === undefined ? [] : [search.pipeline])])].map(
              (name) => [name, name],
            ),
          ),
        }}
        onChoose={(pipeline) => choose({ pipeline })}
      />
    </search>
  );
};

const Choice = ({
  label,
  value,
  options,
  onChoose,
}: {
  label: string;
  value: string;
  options: Readonly<Record<string, string>>;
  onChoose: (value: string) => void;
}) => (
  <label className="grid gap-1 text-quiet">
    {label}
    <select value={value} onChange={(event) => onChoose(event.target.value)} className={`max-w-56 ${FIELD_LOOK}`}>
      {Object.entries(options).map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  </label>
);

const WAITING = ['Gate', 'Run', 'Waits', 'Deadline', 'Approvals', 'Yours to decide'];
const CLOSED = ['Gate', 'Run', 'Decision', 'When', 'Notes'];

const List = ({ gates, more, search }: { gates: readonly ListedGate[]; more: boolean; search: ApprovalsSearch }) => {
  const ref = useRef<HTMLDivElement>(null);
  useRowKeys(ref, 'approvals');
  if (gates.length === 0) return <Nothing search={search} />;
  const closed = search.status === 'closed';
  const count = `${formatCount(gates.length)}${more ? '+' : ''}`;
  const noun = gates.length === 1 ? 'gate' : 'gates';
  return (
    <div ref={ref}>
      <Panel title={closed ? `${count} decided ${noun}` : `${count} ${noun} waiting`}>
        <Table label="Approvals" columns={closed ? CLOSED : WAITING}>
          {gates.map((gate) =>
            closed ? <ClosedRow key={gate.gate_id} gate={gate} /> : <Row key={gate.gate_id} gate={gate} />,
          )}
        </Table>
        {more ? <Beyond shown={gates.length} hint="Choose a pipeline to see others." /> : null}
      </Panel>
    </div>
  );
};

const Nothing = ({ search: { status, mine, pipeline } }: { search: ApprovalsSearch }) => {
  const of = pipeline === undefined ? '' : ` of ${pipeline}`;
  if (status === 'closed') return <Empty title={`No gate${of} has been decided yet`} />;
  return (
    <Empty title={mine ? `No gate${of} waits for you` : `No gate${of} waits for a decision`}>
      A stage with a gate stops its run here until somebody has looked at what it made, and decided.
    </Empty>
  );
};

const GateName = ({ gate: { gate_id, stage, pipeline, kind } }: { gate: ListedGate }) => (
  <Cell className="min-w-40">
    <Link
      data-row
      to="/approvals/$gateId"
      params={{ gateId: gate_id }}
      className="font-medium text-accent underline-offset-2 hover:underline"
    >
      {stage}
    </Link>{' '}
    <span className="text-quiet">{kindWords(kind)}</span>
    <div className="text-quiet">{pipeline}</div>
  </Cell>
);

const RunCell = ({ gate: { run_id, stage, starter } }: { gate: ListedGate }) => (
  <Cell className="min-w-36">
    <Link
      to="/runs/$runId"
      params={{ runId: run_id }}
      search={{ stage }}
      title={run_id}
      className="font-mono text-accent underline-offset-2 hover:underline"
    >
      {shortRunId(run_id)}
    </Link>
    {starter === null ? null : <div className="text-quiet">started by {starter}</div>}
  </Cell>
);

const Row = ({ gate }: { gate: ListedGate }) => (
  <tr>
    <GateName gate={gate} />
    <RunCell gate={gate} />
    <Cell className="whitespace-nowrap">
      <Elapsed from={Date.parse(gate.opened_at)} to={null} />
    </Cell>
    <Cell className="min-w-52">
      <GateDeadline gate={gate} />
    </Cell>
    <Cell className="whitespace-nowrap">
      {gate.votes.length} of {gate.policy.quorum}
    </Cell>
    <Cell className="min-w-44">
      {gate.may_decide ? (
        <span className="font-medium">yes</span>
      ) : (
        <span className="text-quiet">no: {gate.why_not}</span>
      )}
    </Cell>
  </tr>
);

const ClosedRow = ({ gate }: { gate: ListedGate }) => (
  <tr>
    <GateName gate={gate} />
    <RunCell gate={gate} />
    <Cell className="min-w-44">
      <GateStatus status={gate.status} />
      {gate.decision === null ? null : <div className="text-quiet">{decidedBy(gate.decision)}</div>}
    </Cell>
    <Cell className="whitespace-nowrap">{gate.decision === null ? null : <Ago at={gate.decision.at} />}</Cell>
    <Cell className="min-w-52">
      {gate.decision?.notes ? (
        <span className="line-clamp-3 wrap-anywhere whitespace-pre-wrap">{gate.decision.notes}</span>
      ) : null}
    </Cell>
  </tr>
);
