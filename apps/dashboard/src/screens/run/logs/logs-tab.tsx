import type { Run } from '@millrace/core/domain';
import type { LiveRun } from '../../../live/live-run.ts';

export const LogsTab = ({ run }: { run: Run; source: LiveRun }) => <p className="p-4 text-quiet">Nothing of run {run.runId} is shown here.</p>;
