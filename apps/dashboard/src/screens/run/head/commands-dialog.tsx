import type { Run } from '@millrace/core/domain';
import { BASE_PATH } from '../../../served-below.ts';
import { useGraph } from '../../../parts/graph/use-definition.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { cliOf, curlOf } from './shell-commands.ts';
import { requestOf } from './start-request.ts';

/** Commands that start the same run from a shell. */
export const CommandsDialog = ({ run, onClose }: { run: Run; onClose: () => void }) => {
  const request = requestOf(run, useGraph(run).data?.nodes.length ?? null);
  return (
    <Dialog title="Start this run from a shell" onClose={onClose} wide>
      <div className="space-y-4">
        <Command name="Command line" text={cliOf(run.pipeline, request)} />
        <Command name="curl" text={curlOf(location.origin + BASE_PATH, run.pipeline, request)} />
        <p className="text-quiet">
          Both read the token from <code>MILLRACE_TOKEN</code>; the commands contain no token.
        </p>
        <div className="flex justify-end">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
};

const Command = ({ name, text }: { name: string; text: string }) => (
  <section aria-label={name}>
    <div className="mb-1 flex items-center gap-2">
      <h3 className="font-medium">{name}</h3>
      <CopyButton text={() => text} what={name} />
    </div>
    <pre
      tabIndex={0}
      aria-label={`${name}, as text`}
      className="max-h-48 overflow-auto rounded border border-line bg-canvas p-2 font-mono text-xs whitespace-pre-wrap"
    >
      {text}
    </pre>
  </section>
);
