import { Messages } from '../../parts/form/field-frame.tsx';
import { idOf } from '../../parts/form/form-state.ts';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { TextBox } from '../../ui/text-box.tsx';

export const ReasonInput = ({ reason, messages, onChange }: { reason: string; messages: readonly string[]; onChange: (reason: string) => void }) => (
  <div className="space-y-1">
    <label htmlFor={idOf('reason')} className="font-medium">
      Reason <span className="font-normal text-quiet">(kept with the run)</span>
    </label>
    <TextBox
      id={idOf('reason')}
      aria-describedby={`${idOf('reason')}-errors`}
      value={reason}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
      className={`${FIELD_LOOK} w-full`}
    />
    <Messages id={`${idOf('reason')}-errors`} messages={messages} />
  </div>
);
