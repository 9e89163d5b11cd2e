import { describedBy } from './field-frame.tsx';
import type { FieldProps } from './field-props.ts';

export const SwitchInput = (props: FieldProps) => {
  const { value, fallback, onChange } = props;
  return (
    <input
      {...describedBy(props)}
      aria-required={undefined}
      type="checkbox"
      checked={(value === undefined ? fallback : value) === true}
      onChange={(event) => onChange(event.target.checked)}
      className="size-4"
    />
  );
};
