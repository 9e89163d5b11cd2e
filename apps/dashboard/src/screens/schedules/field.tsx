import { type ReactNode, useId } from 'react';

interface Told {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

/** A labelled control with a hint or an error below. */
export const Field = ({ label, says, wrong, children }: { label: string; says?: string; wrong: string | null; children: (told: Told) => ReactNode }) => {
  const id = useId();
  const told = wrong ?? says;
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': told === undefined ? undefined : `${id}-told`, 'aria-invalid': wrong === null ? undefined : true })}
      {told === undefined ? null : (
        <p id={`${id}-told`} className={wrong === null ? 'text-quiet' : 'font-medium text-bad'}>
          {wrong === null ? told : `${label}: ${told}`}
        </p>
      )}
    </div>
  );
};
