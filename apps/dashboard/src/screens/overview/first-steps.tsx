import { Panel } from '../../ui/panel.tsx';

/** Shown without any pipelines: how to create the first one. */
export const FirstSteps = () => (
  <Panel title="No pipelines yet: create your first in three steps">
    <ol className="list-decimal space-y-4 p-4 pl-9">
      <li>
        Write a file such as <code>pipelines/hello.pipeline.yaml</code>:
        <pre tabIndex={0} aria-label="A first pipeline" className="mt-2 overflow-x-auto rounded bg-raised p-3 font-mono">
          {EXAMPLE}
        </pre>
      </li>
      <li>
        Save it where Millrace looks: the folders or globs in <code>MILLRACE_PIPELINES</code>, <code>pipelines/</code> by default.
      </li>
      <li>
        Restart Millrace, then start the pipeline:
        <pre tabIndex={0} aria-label="Commands" className="mt-2 overflow-x-auto rounded bg-raised p-3 font-mono">
          {'npx millrace up\nnpx millrace run hello --wait'}
        </pre>
      </li>
    </ol>
  </Panel>
);

const EXAMPLE = `name: hello
stages:
  greet: { run: { command: [echo, "hello"] } }
  part: { depends_on: [greet], run: { command: [echo, "goodbye"] } }`;
