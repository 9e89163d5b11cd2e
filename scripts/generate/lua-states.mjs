/*
 * redis/scripts/lib/states.lua: the state machines and the trigger rules as functions. It sorts before lua.mjs, which
 * includes it.
 */
import {
  DEFAULT_RULE,
  outcomeOf,
  RUN_TABLE,
  STAGE_OUTCOMES,
  STAGE_TABLE,
  TRIGGER_RULES,
} from '../../packages/core/dist/domain/index.js';

/** The arguments of `decide`, which every call names. */
export const DECIDE_BY = ['rule', 'total', ...STAGE_OUTCOMES];

export const files = async () => [{ path: 'packages/core/src/redis/scripts/lib/states.lua', content: page() }];

/** Functions, not tables: every call of a script would make the tables anew. */
const page = () => `-- Generated from domain/states.ts and domain/trigger-rules.ts by \`npm run generate\`; do not edit.

-- Of a run or of a stage.
local function is_terminal(st)
  return ${oneOf('st', terminal())}
end

${mayMove('may_move_run', RUN_TABLE)}

${mayMove('may_move_stage', STAGE_TABLE)}

-- How the end of a stage counts for those that depend on it.
local function outcome_of(st)
${outcomes().join('\n')}
  return st
end

local DEFAULT_RULE = '${DEFAULT_RULE}'

-- ${decisions().join(' | ')}, by how many of a stage's parents ended in which way.
local function decide(${DECIDE_BY.join(', ')})
  if total == 0 then return 'run' end
${Object.entries(TRIGGER_RULES).map(rule).join('\n')}
  return 'wait'
end
`;

const decisions = () => [
  'wait',
  ...new Set(Object.values(TRIGGER_RULES).flatMap(({ clauses }) => clauses.map(({ decision }) => decision))),
];

/** One question serves both machines: what a run and a stage call alike is terminal for both or for neither. */
const terminal = () => {
  const names = [
    ...new Set([RUN_TABLE, STAGE_TABLE].flatMap((table) => Object.keys(table).filter((name) => table[name].terminal))),
  ];
  for (const table of [RUN_TABLE, STAGE_TABLE])
    for (const name of names)
      if (table[name]?.terminal === false) throw new Error(`${name} is terminal in one machine only`);
  return names;
};

const outcomes = () =>
  Object.keys(STAGE_TABLE)
    .filter((state) => outcomeOf(state) !== null && outcomeOf(state) !== state)
    .map((state) => `  if st == '${state}' then return '${outcomeOf(state)}' end`);

const oneOf = (variable, names) => names.map((name) => `${variable} == '${name}'`).join(' or ');

const mayMove = (name, table) =>
  [
    `local function ${name}(from, to)`,
    ...Object.entries(table).flatMap(([from, { mayMoveTo }]) =>
      mayMoveTo.length === 0 ? [] : [`  if from == '${from}' then return ${oneOf('to', mayMoveTo)} end`],
    ),
    '  return false',
    'end',
  ].join('\n');

const rule = ([name, { clauses }]) =>
  [
    `  if rule == '${name}' then`,
    ...clauses.map((clause) => `    ${ifHolds(clause)}`),
    ...(isCertain(clauses.at(-1)) ? [] : ["    return 'wait'"]),
    '  end',
  ].join('\n');

const isCertain = ({ any, all }) => !any && !all;

const ifHolds = ({ any, all, decision }) => {
  if (isCertain({ any, all })) return `return '${decision}'`;
  const condition = any ? `${any.join(' + ')} > 0` : `${all.join(' + ')} == total`;
  return `if ${condition} then return '${decision}' end`;
};
