import { RUN_STATES } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { wordOf } from '../../ui/status.tsx';
import { PickSeveral } from './pick-several.tsx';
import type { RunsSearch } from './runs-search.ts';
import { TextFilter } from './text-filter.tsx';
import { TimeFilter } from './time-filter.tsx';

export type ChangeSearch = (search: RunsSearch, replace?: boolean) => void;

const TRIGGERS = ['manual', 'schedule', 'backfill', 'upstream', 'webhook', 'retry'] as const;

export const RunsFilters = ({ search, onChange }: { search: RunsSearch; onChange: ChangeSearch }) => {
  const change = (part: { [K in keyof RunsSearch]?: string | undefined }, replace = false): void => onChange(without({ ...search, ...part }), replace);
  return (
    <search aria-label="Filters" className="mb-3 flex flex-wrap items-end gap-x-3 gap-y-2">
      <TextFilter text={search.text ?? ''} onChange={(text) => change({ text }, true)} />
      <PipelineFilter pipeline={search.pipeline ?? ''} onChange={(pipeline) => change({ pipeline })} />
      <PickSeveral
        label="Status"
        options={RUN_STATES.map((status) => ({ value: status, text: wordOf(status) }))}
        chosen={search.status ?? ''}
        onChange={(status) => change({ status })}
      />
      <PickSeveral
        label="Trigger"
        options={TRIGGERS.map((trigger) => ({ value: trigger, text: trigger }))}
        chosen={search.trigger ?? ''}
        onChange={(trigger) => change({ trigger })}
      />
      <TimeFilter since={search.since} until={search.until} onChange={change} />
      {Object.keys(search).length === 0 ? null : <Button onClick={() => onChange({})}>Clear the filters</Button>}
    </search>
  );
};

const PipelineFilter = ({ pipeline, onChange }: { pipeline: string; onChange: (pipeline: string) => void }) => {
  const { data } = useQuery({ queryKey: ['pipelines'], queryFn: ({ signal }) => api.pipelines({ limit: 500 }, signal) });
  const names = data?.items.map(({ name }) => name) ?? [];
  // Removed pipelines still have runs.
  const all = pipeline === '' || names.includes(pipeline) ? names : [...names, pipeline];
  return (
    <label className="flex flex-col gap-0.5">
      <span className="text-xs text-quiet">Pipeline</span>
      <select value={pipeline} onChange={(event) => onChange(event.target.value)} className={`${FIELD_LOOK} max-w-52`}>
        <option value="">any</option>
        {all.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
};

const without = (search: { readonly [K in keyof RunsSearch]?: string | undefined }): RunsSearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''));
