import type { Pipeline } from '@millrace/client';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { Messages } from './messages.tsx';
import { idOf } from './placed-errors.ts';

/** Select for the mode; shown if the pipeline has modes, or if a removed one is selected. */
export const ModeInput = ({
  pipeline,
  mode,
  messages,
  onChange,
}: {
  pipeline: Pipeline;
  mode: string | null;
  messages: readonly string[];
  onChange: (mode: string | null) => void;
}) => {
  const names = [...new Set([...Object.keys(pipeline.modes), ...(mode === null ? [] : [mode])])];
  if (names.length === 0) return null;
  return (
    <div className="space-y-1">
      <label htmlFor={idOf('mode')} className="mr-2 font-medium">
        Mode
      </label>
      <select
        id={idOf('mode')}
        aria-describedby={`${idOf('mode')}-says`}
        value={mode ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        className={FIELD_LOOK}
      >
        <option value="">none</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <p id={`${idOf('mode')}-says`} className="text-quiet">
        {mode === null ? 'A mode presets params and may select stages.' : `Its params are the defaults below.`}
      </p>
      <Messages id={`${idOf('mode')}-errors`} messages={messages} />
    </div>
  );
};
