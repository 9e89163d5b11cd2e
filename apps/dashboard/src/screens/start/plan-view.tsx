import { Panel } from '../../ui/panel.tsx';
import type { StartPlan } from '@millrace/client';

/** What Start would run: version, stages, and params with all defaults. */
export const PlanView = ({ plan }: { plan: StartPlan | null }) => (
  <div aria-live="polite">
    {plan === null ? null : (
      <Panel title="Check passed: this would start">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 p-4">
          <dt className="text-quiet">Version</dt>
          <dd>
            <code>{plan.version}</code>
          </dd>
          <dt className="text-quiet">Mode</dt>
          <dd>{plan.mode ?? 'none'}</dd>
          <dt className="text-quiet">Stages</dt>
          <dd>{plan.stages.join(', ')}</dd>
          <dt className="text-quiet">When one is live</dt>
          <dd>{OVERLAP_WORDS[plan.overlap] ?? plan.overlap}</dd>
          <dt className="text-quiet">Params</dt>
          <dd>
            <pre tabIndex={0} aria-label="Params of the plan" className="max-h-80 overflow-auto rounded bg-raised p-2 font-mono whitespace-pre-wrap">
              {JSON.stringify(plan.params, null, 2)}
            </pre>
          </dd>
        </dl>
      </Panel>
    )}
  </div>
);

const OVERLAP_WORDS: Readonly<Record<string, string>> = {
  skip: 'refused',
  queue: 'waits for it to end',
  cancel_running: 'cancels it',
  allow: 'runs alongside it',
};
