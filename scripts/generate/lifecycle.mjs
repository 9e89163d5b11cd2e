/* docs/lifecycle.md: the state machines of a Run and of a StageRun, and the events that tell their moves. */
import { EVENT_TYPES, RUN_TRANSITIONS, STAGE_TRANSITIONS } from '../../packages/core/dist/domain/index.js';

export const files = async () => [{ path: 'docs/lifecycle.md', content: page() }];

const page = () => `# Lifecycle

Generated from the tables in \`packages/core/src/domain/states.ts\` and \`events.ts\`. A move that is not drawn here is refused and changes nothing.

## Run

${machine(['queued', 'starting'], RUN_TRANSITIONS)}

## StageRun

${machine(['pending'], STAGE_TRANSITIONS)}

## Attempts

What ends an attempt decides the number of the next one, and what the end counts against (S12: failed attempts never exceed \`maximum_attempts\`, and no delay is below the policy's).

| an attempt ends | next attempt | counts |
|---|---|---|
| with an error that may be retried | number + 1, after the policy's delay | one of \`maximum_attempts\` |
| with any other error, or at the last of them | none: the stage fails | one of \`maximum_attempts\` |
| because its worker was lost while it ran nothing else | number + 1, at once | a loss: with the fourth the stage fails \`worker_lost\` |
| because its worker was lost while it ran other stages too | number + 1, at once; the second time it runs alone from then on | nothing |
| because its worker handed it back: it stops, does not have the code, or its reply was lost | the same number | nothing |
| and Redis forgot that it began (a failover that lost its last second) | the same number, under another fence: whatever the forgotten attempt writes is refused | nothing |

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
