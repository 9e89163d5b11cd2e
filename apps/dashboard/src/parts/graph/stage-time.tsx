import type { StageRun } from '@millrace/core/domain';
import { Countdown, Elapsed } from '../../ui/times.tsx';

/** Duration of a stage so far, or the time until its next attempt; nothing before it starts. */
export const StageTime = ({ stage }: { stage: StageRun }) => {
  if (stage.status === 'retrying' && stage.nextAttemptAt !== null) return <Countdown to={stage.nextAttemptAt} />;
  if (stage.status === 'queued' && stage.queuedAt !== null) return <Elapsed from={stage.queuedAt} to={null} />;
  if (stage.startedAt === null) return null;
  return <Elapsed from={stage.startedAt} to={stage.finishedAt} />;
};
