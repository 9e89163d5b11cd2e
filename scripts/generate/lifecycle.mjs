/* docs/lifecycle.md: the state machines of a Run and of a StageRun, and the events that tell their moves. */
import { EVENT_TYPES, RUN_TABLE, STAGE_TABLE, TRIGGER_RULES } from '../../packages/core/dist/domain/index.js';

export const files = async () => [{ path: 'docs/lifecycle.md', content: page() }];

const page = () => `# Lifecycle

Generated from the tables in \`packages/core/src/domain/states.ts\`, \`events.ts\` and \`trigger-rules.ts\`. A move that is not drawn here is refused and changes nothing.

## Run

${machine(['queued', 'starting'], RUN_TABLE)}

${meanings(RUN_TABLE)}

## StageRun

${machine(['pending'], STAGE_TABLE)}

${meanings(STAGE_TABLE)}

## Trigger rules

Each time a dependency ends, the stage's rule is asked whether the stage waits on, is queued or is skipped. The first line that holds decides; while none does, the stage waits. Dependencies outside of a run of some stages only count as \`succeeded\`.

| rule | when | the stage |
|---|---|---|
${Object.entries(TRIGGER_RULES)
  .flatMap(([name, { clauses }]) => clauses.map((clause) => `| \`${name}\` | ${condition(clause)} | ${DECISIONS[clause.decision]} |`))
  .join('\n')}

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

\`moves to\` is the state in which the event leaves its run, or its stage if it is one of a stage. Besides, \`stage.started\` moves a run from \`starting\` to \`running\`, \`run.created\` says in its \`status\` where the run begins, and every stage that an event names in \`queued\` is \`queued\`.

| type | event | moves to | says |
|---|---|---|---|
${Object.entries(EVENT_TYPES)
  .map(([type, { kind, says, to }]) => `| \`${type}\` | \`${kind}\` | ${to ? `\`${to}\`` : ''} | ${says} |`)
  .join('\n')}
`;

const DECISIONS = { wait: 'waits', run: 'is queued', skip: 'is skipped' };

const condition = ({ any, all }) => {
  const names = (any ?? all).map((name) => `\`${name}\``).join(any ? ' or ' : ', ');
  return any ? `a dependency ended ${names}` : `every dependency ended ${names}`;
};

const meanings = (table) =>
  [
    '| state | terminal | meaning |',
    '|---|---|---|',
    ...Object.entries(table).map(([name, { terminal, meaning }]) => `| \`${name}\` | ${terminal ? 'yes' : ''} | ${meaning} |`),
  ].join('\n');

const machine = (initial, table) => {
  const arrows = Object.entries(table).flatMap(([from, { terminal, mayMoveTo }]) =>
    terminal ? [`  ${from} --> [*]`] : mayMoveTo.map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'stateDiagram-v2', ...initial.map((state) => `  [*] --> ${state}`), ...arrows, '```'].join('\n');
};
