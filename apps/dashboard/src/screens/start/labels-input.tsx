import { Messages } from '../../parts/form/field-frame.tsx';
import { idOf, type LabelRow } from '../../parts/form/form-state.ts';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK } from '../../ui/field-look.ts';

export const rowsOf = (labels: Readonly<Record<string, string>>): readonly LabelRow[] => Object.entries(labels).map(([key, value]) => ({ key, value }));

/** Labels: names and values to find the run by. */
export const LabelsInput = ({
  rows,
  messages,
  onChange,
}: {
  rows: readonly LabelRow[];
  messages: readonly string[];
  onChange: (rows: readonly LabelRow[]) => void;
}) => {
  const change = (index: number, part: Partial<LabelRow>): void => onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <fieldset id={idOf('labels')} tabIndex={-1} className="space-y-2 rounded-lg border border-line bg-panel p-4">
      <legend className="px-1 font-medium">Labels</legend>
      {rows.map((row, index) => (
        <div key={index} className="flex flex-wrap items-center gap-2">
          <input
            aria-label={`Name of label ${index + 1}`}
            placeholder="name"
            value={row.key}
            onChange={(event) => change(index, { key: event.target.value })}
            className={`${FIELD_LOOK} w-36 placeholder:text-faint`}
          />
          <input
            aria-label={`Value of label ${index + 1}`}
            placeholder="value"
            value={row.value}
            onChange={(event) => change(index, { value: event.target.value })}
            className={`${FIELD_LOOK} w-44 placeholder:text-faint`}
          />
          <Button kind="quiet" onClick={() => onChange(rows.filter((_, at) => at !== index))}>
            Remove<span className="sr-only"> label {index + 1}</span>
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...rows, { key: '', value: '' }])}>Add a label</Button>
      <Messages id={`${idOf('labels')}-errors`} messages={messages} />
    </fieldset>
  );
};
