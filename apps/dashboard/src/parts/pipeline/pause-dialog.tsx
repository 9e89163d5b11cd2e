import type { PauseScope } from '@millrace/core/domain';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { focusHeading } from '../../shell/page-focus.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextBox } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';

/** What is paused, at the beginning of a sentence. */
export const PAUSED_WHAT = {
  run: 'The run',
  pipeline: 'Its pipeline',
  deployment: 'The deployment',
} as const satisfies Readonly<Record<PauseScope, string>>;

/** Asks for confirmation of a pause or a resume, with a reason for the record. `what`: "this run of etl". */
export const PauseDialog = ({
  what,
  verb,
  explanation,
  change,
  onClose,
}: {
  readonly what: string;
  readonly verb: 'Pause' | 'Resume';
  readonly explanation: string;
  readonly change: (body: { readonly reason?: string }) => Promise<unknown>;
  readonly onClose: () => void;
}) => {
  const [reason, setReason] = useState('');
  const id = useId();
  const mutation = useMutation({
    mutationFn: () => change(reason.trim() === '' ? {} : { reason: reason.trim() }),
    onSuccess: () => {
      onClose();
      // The button that opened it is another one now.
      requestAnimationFrame(focusHeading);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <Dialog title={`${verb} ${what}?`} onClose={onClose}>
      <form onSubmit={submit} className="space-y-3">
        <p className="text-quiet">{explanation}</p>
        <label htmlFor={id} className="block font-medium">
          Reason <span className="font-normal text-faint">(optional, for the record)</span>
          <TextBox
            id={id}
            value={reason}
            maxLength={1024}
            autoFocus
            onChange={(event) => setReason(event.target.value)}
            className="mt-1 w-full rounded-md border border-line bg-canvas px-3 py-1.5 font-normal"
          />
        </label>
        {mutation.isError ? (
          <Notice tone="bad" title={`Could not ${verb.toLowerCase()} it`} error={mutation.error} />
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave as is</Button>
          <Button type="submit" kind="primary" busy={mutation.isPending}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
