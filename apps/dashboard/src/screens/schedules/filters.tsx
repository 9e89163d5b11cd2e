import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useShortcut } from '../../shell/shortcuts.ts';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { type SchedulesSearch, readSchedulesSearch } from './schedules-search.ts';

/** The filters are stored in the address. */
export const Filters = ({ pipelines, search }: { pipelines: readonly string[]; search: SchedulesSearch }) => {
  const navigate = useNavigate();
  const text = useRef<HTMLInputElement>(null);
  useShortcut('/', 'Search the schedules', () => text.current?.focus());
  const choose = (name: keyof SchedulesSearch, value: string): void =>
    void navigate({ to: '/schedules', search: readSchedulesSearch({ ...search, [name]: value }), replace: true });
  return (
    <search className="flex flex-wrap items-end gap-3">
      <label className="grid w-full gap-1 text-quiet sm:w-60">
        Search
        <input
          ref={text}
          type="search"
          value={search.text ?? ''}
          onChange={(event) => choose('text', event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          className={FIELD_LOOK}
        />
      </label>
      <label className="grid gap-1 text-quiet">
        Pipeline
        <select value={search.pipeline ?? ''} onChange={(event) => choose('pipeline', event.target.value)} className={`max-w-56 ${FIELD_LOOK}`}>
          <option value="">all</option>
          {pipelines.map((pipeline) => (
            <option key={pipeline}>{pipeline}</option>
          ))}
        </select>
      </label>
      <label className="grid gap-1 text-quiet">
        State
        <select value={search.state ?? ''} onChange={(event) => choose('state', event.target.value)} className={FIELD_LOOK}>
          <option value="">all</option>
          <option value="active">active</option>
          <option value="paused">paused</option>
        </select>
      </label>
    </search>
  );
};
