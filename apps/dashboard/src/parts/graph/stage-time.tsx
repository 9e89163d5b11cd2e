import type { StageRun } from '@millrace/core/domain';
import { Countdown, Elapsed } from '../../ui/times.tsx';

/** How long a stage took, or takes already, or when it goes on; nothing before it started. */
export const StageTime = ({ stage }: { stage: StageRun }) => {
  if (stage.status === 'retrying' && stage.nextAttemptAt !== null) return <Countdown to={stage.nextAttemptAt} />;
  if (stage.status === 'queued' && stage.queuedAt !== null) return <Elapsed from={stage.queuedAt} to={null} />;
  if (stage.startedAt === null) return null;
  return <Elapsed from={stage.startedAt} to={stage.finishedAt} />;
};
