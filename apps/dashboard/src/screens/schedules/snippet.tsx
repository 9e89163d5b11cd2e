import { Empty } from '../../ui/notice.tsx';

/** Shows how a definition declares a schedule. */
export const Snippet = () => (
  <Empty title="No schedules yet">
    <p>A schedule starts a pipeline at set times. Declare it in the pipeline's file, or create one with “New schedule”.</p>
    <div className="mt-4 grid gap-3 text-left md:grid-cols-2">
      <Code title="YAML">{`schedules:
  - cron: "*/15 * * * *"
    timezone: Europe/Berlin
    overlap: skip`}</Code>
      <Code title="TypeScript">{`definePipeline('prices', {
  schedules: [
    { cron: '*/15 * * * *', timezone: 'Europe/Berlin' },
  ],
})`}</Code>
    </div>
  </Empty>
);

const Code = ({ title, children }: { title: string; children: string }) => (
  <figure className="min-w-0">
    <figcaption className="text-faint">{title}</figcaption>
    <pre tabIndex={0} aria-label={title} className="overflow-x-auto rounded-md bg-raised p-3 font-mono text-xs text-ink">
      {children}
    </pre>
  </figure>
);
