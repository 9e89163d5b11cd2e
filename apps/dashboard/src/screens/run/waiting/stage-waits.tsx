import type { Run, StageRun } from '@millrace/core/domain';
import { Notice } from '../../../ui/notice.tsx';
import { BlockerWords } from './blocker-words.tsx';
import { useExplanation } from './use-explanation.ts';

const WAITING: readonly StageRun['status'][] = ['pending', 'ready', 'queued', 'retrying'];

/** Why a stage is not running yet; renders nothing if it is not waiting. */
export const StageWaits = ({ run, stage }: { run: Run; stage: StageRun }) => {
  const waits = run.finishedAt === null && WAITING.includes(stage.status);
  const { explanation, error } = useExplanation(run.runId, stage.stage, waits);
  const found = explanation?.stages.find((one) => one.stage === stage.stage && one.status === stage.status);
  if (!waits) return null;
  if (error !== null && !found) return <Notice tone="plain" title="Cannot determine why it is waiting right now" error={error} />;
  if (!found) return null;
  return (
    <Notice tone="plain" title="Why it is not running">
      {found.blockers.length === 0 ? (
        <p>Ready: a worker will pick it up in a moment.</p>
      ) : (
        <ol className="space-y-2">
          {found.blockers.map((blocker) => (
            <li key={blocker.code}>
              <BlockerWords blocker={blocker} />
            </li>
          ))}
        </ol>
      )}
    </Notice>
  );
};
