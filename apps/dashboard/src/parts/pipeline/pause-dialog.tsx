import type { PauseScope } from '@millrace/core/domain';
import { ReasonDialog } from './reason-dialog.tsx';

/** What is paused, at the beginning of a sentence. */
export const PAUSED_WHAT = {
  run: 'The run',
  pipeline: 'Its pipeline',
  deployment: 'The deployment',
  rerun: 'The run, while a rerun opens its stages again,',
} as const satisfies Readonly<Record<PauseScope, string>>;

/** Asks for confirmation of a pause or a resume. `what`: "this run of etl". */
export const PauseDialog = ({
  what,
  verb,
  ...rest
}: {
  readonly what: string;
  readonly verb: 'Pause' | 'Resume';
  readonly says: string;
  readonly change: (body: { readonly reason?: string }) => Promise<unknown>;
  readonly onClose: () => void;
}) => <ReasonDialog {...rest} title={`${verb} ${what}?`} failed={`Could not ${verb.toLowerCase()} it`} act={verb} />;
