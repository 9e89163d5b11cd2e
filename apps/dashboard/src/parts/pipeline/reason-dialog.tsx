import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { focusHeading } from '../../shell/page-focus.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextBox } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';

/** Asks for confirmation of a change, with a reason for the record. `failed`: title of its refusal. */
export const ReasonDialog = ({
  title,
  says,
  failed,
  keep = 'Leave as is',
  act,
  danger = false,
  refusal = null,
  change,
  onClose,
  children,
}: {
  readonly title: string;
  readonly says: string;
  readonly failed: string;
  readonly keep?: string;
  readonly act: string;
  readonly danger?: boolean;
  readonly refusal?: string | null;
  readonly change: (body: { readonly reason?: string }) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}) => {
  const [reason, setReason] = useState('');
  const id = useId();
  const mutation = useMutation({
    mutationFn: () => change(reason.trim() === '' ? {} : { reason: reason.trim() }),
    onSuccess: () => {
      onClose();
      // The button that opened it is useless now.
      requestAnimationFrame(focusHeading);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className="space-y-3">
        <p className="text-quiet">{says}</p>
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
        {children}
        {mutation.isError ? <Notice tone="bad" title={failed} error={mutation.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{keep}</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={mutation.isPending} refusal={refusal}>
            {act}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
