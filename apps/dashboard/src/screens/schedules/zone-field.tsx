import { useId } from 'react';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { Field } from './field.tsx';

/** Time zone of the cron expression. Intervals have none: they are aligned to the epoch. */
export const ZoneField = ({ zone, wrong, onChange }: { zone: string; wrong: string | null; onChange: (zone: string) => void }) => {
  const zones = useId();
  return (
    <Field label="Time zone" says="an IANA name" wrong={wrong}>
      {(props) => (
        <>
          <input
            {...props}
            list={zones}
            value={zone}
            onChange={(event) => onChange(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            className={FIELD_LOOK}
          />
          <datalist id={zones}>
            {ZONES.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
};

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];
