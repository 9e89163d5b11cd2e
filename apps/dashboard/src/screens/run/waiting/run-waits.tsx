import type { Run } from '@millrace/core/domain';
import { Notice } from '../../../ui/notice.tsx';
import { BlockerWords } from './blocker-words.tsx';
import { useExplanation } from './use-explanation.ts';

/** Why none of a live run's stages is running. */
export const RunWaits = ({ run }: { run: Run }) => {
  const { explanation } = useExplanation(run.runId, null, run.finishedAt === null && !run.stages.some(({ status }) => status === 'running'));
  if (explanation === undefined) return null;
  const { blockers, stages, waiting } = explanation;
  if (blockers.length > 0)
    return (
      <Notice tone="plain" title="Waiting for its turn">
        {blockers.map((blocker) => (
          <BlockerWords key={blocker.code} blocker={blocker} />
        ))}
      </Notice>
    );
  const [first] = stages;
  if (!first || first.blockers.length === 0) return null;
  return (
    <Notice tone="warn" title={`${first.stage} is not running${waiting > 1 ? `, nor are ${waiting - 1} more` : ''}`}>
      {first.blockers.map((blocker) => (
        <BlockerWords key={blocker.code} blocker={blocker} />
      ))}
    </Notice>
  );
};
