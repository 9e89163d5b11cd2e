import { ApiError, type Gate } from '@millrace/client';
import { useMutation } from '@tanstack/react-query';
import { useLayoutEffect, useRef, useState } from 'react';
import { newIdempotencyKey } from '../../api.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import type { DecisionDraft, Verb } from './decision-draft.ts';

interface ConfirmProps {
  readonly gate: Gate;
  readonly verb: Verb;
  readonly draft: DecisionDraft;
  readonly shownDigest: string;
  /** What has come up since it was opened. */
  readonly refusal: string | null;
  readonly send: (idempotencyKey: string) => Promise<void>;
  readonly onDone: () => void;
  /** Refused for what was sent: sending it again would not help. */
  readonly onRefused: (error: ApiError) => void;
}

/** Asks once more before a decision. The same key is sent again when the answer was lost. */
export const ConfirmDialog = ({ gate, verb, draft, shownDigest, refusal, send, onDone, onRefused }: ConfirmProps) => {
  const [key] = useState(newIdempotencyKey);
  const confirm = useRef<HTMLButtonElement>(null);
  // After the dialog has opened, which puts the focus on its first button.
  useLayoutEffect(() => confirm.current?.focus(), []);
  const decide = useMutation({
    mutationFn: () => send(key),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) onRefused(error);
    },
  });
  const over = gate.status === 'pending' ? refusal : 'The gate has been decided meanwhile.';
  const { title, act } = WORDS[verb];
  return (
    <Dialog title={`${title} ${gate.stage}?`} onClose={onDone}>
      <div className="space-y-3">
        <p className="text-quiet">{saysOf(gate, verb)}</p>
        {draft.notes.trim() === '' || verb === 'withdraw' ? null : (
          <blockquote className="max-h-48 overflow-y-auto border-l-4 border-line pl-3 wrap-anywhere whitespace-pre-wrap">
            {draft.notes.trim()}
          </blockquote>
        )}
        <p className="text-quiet">
          On what is shown: <code title={shownDigest}>{shownDigest.slice(0, 12)}</code>
        </p>
        {over === null ? null : <Notice tone="warn" title={over} />}
        {decide.isError ? (
          <Notice tone="bad" title="It is not known whether this was decided" error={decide.error}>
            Trying again is safe: it is decided once.
          </Notice>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onDone}>Leave as is</Button>
          <Button
            kind={verb === 'approve' ? 'primary' : 'danger'}
            ref={confirm}
            busy={decide.isPending}
            refusal={over}
            onClick={() => decide.mutate()}
          >
            {decide.isError ? 'Try again' : act}
          </Button>
        </div>
      </div>
    </Dialog>
  );
};

const WORDS: Readonly<Record<Verb, { readonly title: string; readonly act: string }>> = {
  approve: { title: 'Approve', act: 'Approve' },
  reject: { title: 'Reject', act: 'Reject' },
  withdraw: { title: 'Withdraw your approval of', act: 'Withdraw' },
};

const saysOf = ({ votes, policy: { quorum }, next_stages }: Gate, verb: Verb): string => {
  switch (verb) {
    case 'approve': {
      const missing = quorum - votes.length - 1;
      if (missing > 0)
        return `This is a vote: ${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} needed.`;
      return next_stages.length === 0 ? 'The run goes on to its end.' : `This lets ${next_stages.join(', ')} run.`;
    }
    case 'reject':
      return 'The run is paused until somebody resumes or cancels it.';
    case 'withdraw':
      return 'Your approval no longer counts. You may approve again.';
  }
};
