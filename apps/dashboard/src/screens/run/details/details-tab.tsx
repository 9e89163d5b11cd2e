/** Inputs and results of the run. */
import type { Run } from '@millrace/core/domain';
import type { LiveRun } from '../../../live/live-run.ts';
import { Panel } from '../../../ui/panel.tsx';
import { CopyButton } from './copy-button.tsx';
import { ErrorsPanel } from './errors-panel.tsx';
import { FactsPanel } from './facts-panel.tsx';
import { JsonTree } from './json-tree.tsx';
import { MetricsPanel } from './metrics-panel.tsx';
import { OutputsPanel } from './outputs-panel.tsx';

export const DetailsTab = ({ run, source }: { run: Run; source: LiveRun }) => (
  <div className="grid items-start gap-4 lg:grid-cols-2 *:min-w-0">
    <div className="space-y-4">
      <FactsPanel run={run} />
      <Panel title="Params" actions={<CopyButton text={() => JSON.stringify(run.params, null, 2)} what="the params" />}>
        <div className="p-4">
          {Object.keys(run.params).length === 0 ? (
            <p className="text-quiet">The run has no params.</p>
          ) : (
            <JsonTree value={run.params} label="Params" open={3} />
          )}
        </div>
      </Panel>
      <ErrorsPanel run={run} />
    </div>
    <div className="space-y-4">
      <OutputsPanel run={run} />
      <MetricsPanel run={run} source={source} />
    </div>
  </div>
);
