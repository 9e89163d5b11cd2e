/* docs/lifecycle.md: the state machines of a Run and of a StageRun, and the events that tell their moves. */
import { EVENT_TYPES, RUN_TRANSITIONS, STAGE_TRANSITIONS } from '../../packages/core/dist/domain/index.js';

export const files = async () => [{ path: 'docs/lifecycle.md', content: page() }];

const page = () => `# Lifecycle

Generated from the tables in \`packages/core/src/domain/states.ts\` and \`events.ts\`. A move that is not drawn here is refused and changes nothing.

## Run

${machine(['queued', 'starting'], RUN_TRANSITIONS)}

## StageRun

${machine(['pending'], STAGE_TRANSITIONS)}

## Events

| type | event | says |
|---|---|---|
${Object.entries(EVENT_TYPES)
  .map(([type, { kind, says }]) => `| \`${type}\` | \`${kind}\` | ${says} |`)
  .join('\n')}
`;

const machine = (initial, transitions) => {
  const states = Object.keys(transitions);
  const arrows = states.flatMap((from) => (transitions[from].length === 0 ? [`  ${from} --> [*]`] : transitions[from].map((to) => `  ${from} --> ${to}`)));
  return ['```mermaid', 'stateDiagram-v2', ...initial.map((state) => `  [*] --> ${state}`), ...arrows, '```'].join('\n');
};
