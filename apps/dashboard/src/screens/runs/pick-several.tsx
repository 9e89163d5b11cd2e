import { type KeyboardEvent, useId, useRef } from 'react';
import { FIELD_LOOK } from '../../ui/field-look.ts';

/** A multi-select stored as "a,b". Escape and focus loss close it. */
export const PickSeveral = ({
  label,
  options,
  chosen,
  onChange,
}: {
  label: string;
  options: readonly { readonly value: string; readonly text: string }[];
  chosen: string;
  onChange: (chosen: string) => void;
}) => {
  const id = useId();
  const details = useRef<HTMLDetailsElement>(null);
  const picked = chosen.split(',').filter((value) => value !== '');
  const toggle = (value: string, on: boolean): void => onChange((on ? [...picked, value] : picked.filter((one) => one !== value)).join(','));
  const close = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !details.current?.open) return;
    details.current.open = false;
    details.current.querySelector('summary')?.focus();
  };
  return (
    <div className="flex flex-col gap-0.5">
      <span id={id} className="text-xs text-quiet">
        {label}
      </span>
      <details
        ref={details}
        className="relative"
        onKeyDown={close}
        onBlur={({ relatedTarget, currentTarget }) => {
          if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
        }}
      >
        <summary aria-label={`${label}: ${picked.length === 0 ? 'any' : picked.join(', ')}`} className={`${FIELD_LOOK} min-w-24 max-w-52 list-none truncate`}>
          {picked.length === 0 ? 'any' : picked.join(', ')} <span aria-hidden="true">▾</span>
        </summary>
        <fieldset aria-labelledby={id} className="absolute left-0 z-20 mt-1 w-48 space-y-1 rounded-lg border border-line bg-panel p-3 shadow-lg">
          {options.map(({ value, text }) => (
            <label key={value} className="flex items-center gap-2">
              <input type="checkbox" checked={picked.includes(value)} onChange={(event) => toggle(value, event.target.checked)} />
              {text}
            </label>
          ))}
        </fieldset>
      </details>
    </div>
  );
};
