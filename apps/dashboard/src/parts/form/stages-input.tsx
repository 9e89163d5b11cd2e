import type { Pipeline } from '@millrace/client';
import { Messages } from './messages.tsx';
import { idOf } from './placed-errors.ts';

/** A subset of the stages; dependencies outside of it count as met. */
export const StagesInput = ({
  pipeline,
  mode,
  stages,
  messages,
  onChange,
}: {
  pipeline: Pipeline;
  mode: string | null;
  stages: readonly string[] | null;
  messages: readonly string[];
  onChange: (stages: readonly string[] | null) => void;
}) => {
  const all = pipeline.stages.map(({ name }) => name);
  const preset = mode === null ? all : (pipeline.modes[mode]?.stages ?? all);
  const chosen = new Set(stages ?? preset);
  const toggle = (name: string, on: boolean): void => onChange(all.filter((one) => (one === name ? on : chosen.has(one))));
  return (
    <details className="rounded-lg border border-line bg-panel" open={messages.length > 0 || undefined}>
      <summary className="px-4 py-2 font-medium">
        Stages{' '}
        <span className="font-normal text-quiet">
          {stages === null
            ? preset === all
              ? `all ${all.length}`
              : `${preset.length} of ${all.length}, set by the mode`
            : `${chosen.size} of ${all.length} selected`}
        </span>
      </summary>
      <fieldset id={idOf('stages')} tabIndex={-1} className="border-t border-line p-4">
        <legend className="sr-only">Stages to run</legend>
        <p className="mb-2 text-quiet">Only these run. Dependencies on other stages count as met.</p>
        <div className="mb-2 flex gap-3">
          <button type="button" className="text-accent underline" onClick={() => onChange(null)}>
            As {preset === all ? 'the pipeline' : 'the mode'} has it
          </button>
          <button type="button" className="text-accent underline" onClick={() => onChange([])}>
            None
          </button>
        </div>
        <ul className="grid max-h-72 gap-x-4 overflow-auto sm:grid-cols-2" tabIndex={0} aria-label="Stages">
          {all.map((name) => (
            <li key={name}>
              <label className="flex items-center gap-2 py-0.5">
                <input type="checkbox" checked={chosen.has(name)} onChange={(event) => toggle(name, event.target.checked)} />
                {name}
              </label>
            </li>
          ))}
        </ul>
        <Messages id={`${idOf('stages')}-errors`} messages={messages} />
      </fieldset>
    </details>
  );
};
