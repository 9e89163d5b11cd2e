import type { Pipeline } from '@millrace/client';
import { Panel } from '../../ui/panel.tsx';

/** The pipeline's modes; renders nothing without any. */
export const ModesPanel = ({ modes }: Pick<Pipeline, 'modes'>) => {
  const named = Object.entries(modes);
  if (named.length === 0) return null;
  return (
    <Panel title="Modes">
      <ul>
        {named.map(([name, { params, stages }]) => (
          <li key={name} className="border-t border-line px-4 py-2 first:border-t-0">
            <p className="font-medium">{name}</p>
            {Object.keys(params).length > 0 ? <code className="block">{JSON.stringify(params)}</code> : null}
            {stages === null ? null : <p className="text-quiet">only {stages.join(', ')}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
};
