/* docs/lifecycle.md: the state machines of a Run and of a StageRun, and the events that record their moves. */
import {
  EVENT_TYPES,
  RUN_TABLE,
  STAGE_OUTCOMES,
  STAGE_TABLE,
  TRIGGER_RULES,
} from '../../packages/core/dist/domain/index.js';

export const files = async () => [{ path: 'docs/lifecycle.md', content: page() }];

const page = () => `# Lifecycle

Generated from the tables in \`packages/core/src/domain/states.ts\`, \`events.ts\` and \`trigger-rules.ts\`. Any other
move is refused and changes nothing.

## Run

${machine(['queued', 'starting'], RUN_TABLE)}

${meanings(RUN_TABLE)}

## StageRun

${machine(['pending'], STAGE_TABLE)}

${meanings(STAGE_TABLE)}

## Trigger rules

Each time a dependency ends, the stage's trigger rule (\`when\`) decides whether the stage keeps waiting, is queued, or
never runs. The first matching row decides; while none matches, the stage waits. \`upstream_failed\` and \`cancelled\`
count as \`failed\`. In a partial run, dependencies outside the selected stages do not exist: a stage that has none
inside starts with the run.

How a run ends follows from its leaves, the stages that no other one of the run waits for: it fails if one of them ends
\`failed\` or \`upstream_failed\`. A failure whose followers ran by their rules and succeeded does not fail the run.

| rule | when | the stage |
|---|---|---|
${Object.entries(TRIGGER_RULES)
  .flatMap(([name, { clauses }]) =>
    clauses.map((clause) => `| \`${name}\` | ${condition(clause)} | ${DECISIONS[clause.decision]} |`),
  )
  .join('\n')}

## Attempts

How an attempt ends determines the number of the next one and what it counts against (S12: failed attempts never
exceed \`maximum_attempts\`, and no delay is shorter than the policy's).

| an attempt ends | next attempt | counts |
|---|---|---|
| with a retryable error | number + 1, after the policy's delay | one of \`maximum_attempts\` |
| with any other error, or on the last attempt | none: the stage fails | one of \`maximum_attempts\` |
| because its worker was lost and ran nothing else | number + 1, at once | a loss: the fourth fails the stage with \`worker_lost\` |
| because its worker was lost and also ran other stages | number + 1, at once; after the second time the stage runs alone | nothing |
| because its worker handed it back (it drains, lacks the code, or its reply was lost) | the same number | nothing |
| by opening the gate before its stage | the same number, once it is approved | nothing |
| unrecorded, because Redis lost its claim (a failover that lost the last second) | the same number, under another fence: writes of the lost attempt are refused | nothing |

## Events

\`moves to\` is the state that a run's event gives its run, or a stage's event its stage. In addition,
\`stage.started\` moves a run from \`starting\` to \`running\`, \`run.created\` carries the run's first state in
\`status\`, and every stage listed in an event's \`queued\` becomes \`queued\`.

| type | event | moves to | says |
|---|---|---|---|
${Object.entries(EVENT_TYPES)
  .map(([type, { kind, says, to }]) => `| \`${type}\` | \`${kind}\` | ${to ? `\`${to}\`` : ''} | ${says} |`)
  .join('\n')}
`;

const DECISIONS = { wait: 'waits', run: 'is queued', skip: 'ends `skipped`', fail: 'ends `upstream_failed`' };

const condition = ({ any, all }) => {
  if (!any && !all) return 'at once, without waiting';
  if (all?.length === STAGE_OUTCOMES.length) return 'every dependency ended';
  const names = (any ?? all).filter((name) => name !== 'cancelled').map((name) => `\`${name}\``);
  return `${any ? 'a' : 'every'} dependency ended ${names.join(' or ')}`;
};

const meanings = (table) =>
  [
    '| state | terminal | meaning |',
    '|---|---|---|',
    ...Object.entries(table).map(
      ([name, { terminal, meaning }]) => `| \`${name}\` | ${terminal ? 'yes' : ''} | ${meaning} |`,
    ),
  ].join('\n');

const machine = (initial, table) => {
  const arrows = Object.entries(table).flatMap(([from, { terminal, mayMoveTo }]) =>
    terminal ? [`  ${from} --> [*]`] : mayMoveTo.map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'stateDiagram-v2', ...initial.map((state) => `  [*] --> ${state}`), ...arrows, '```'].join(
    '\n',
  );
};
