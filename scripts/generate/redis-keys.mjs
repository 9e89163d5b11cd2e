/** docs/redis-keys.md: what is in Redis. */
import {
  BULL_KEYS,
  CHANNELS,
  CODES,
  HASH_RECORDS,
  JSON_RECORDS,
  KEYS,
  LIST_RECORDS,
  luaName,
  PACKED_RECORDS,
} from '../../packages/core/dist/redis/layout/index.js';

export const files = async () => [{ path: 'docs/redis-keys.md', content: page() }];

const page = () => `# What is in Redis

Everything of a deployment begins with one hash tag, \`{prefix}\`, so that each script is single-slot on Redis Cluster.
Generated from \`packages/core/src/redis/layout/keys.ts\`. A script that touches another key is refused when the scripts
are put together.

## Keys

Millrace's own are \`{prefix}/…\`, which no queue's name can collide with.

${tableOf(Object.values(KEYS))}

## Channels

In a database n > 0 they begin with \`{prefix}@n\`: pub/sub knows no databases.

${tableOf(Object.values(CHANNELS))}

## BullMQ's keys

\`{prefix}:<queue>:…\`, in BullMQ's own layout: what the scripts touch of it. The queue \`runs\` holds each run's
flow. See [adr/scripts.md](adr/scripts.md).

${tableOf(BULL_KEYS)}

# Records

Generated from \`packages/core/src/redis/layout/records.ts\`, whose names the scripts use.

## Hashes

${Object.entries(HASH_RECORDS).map(hashOf).join('\n\n')}

## Packed texts

In their fields' order, all in one text. A time of 0 is none.

${Object.entries(PACKED_RECORDS).map(packedOf).join('\n\n')}

## Codes

${Object.entries(CODES).map(codesOf).join('\n\n')}

## JSON

${Object.entries(JSON_RECORDS).map(jsonOf).join('\n\n')}

## Lists in replies

What a script answers beside its own fields (\`layout/signatures.ts\`); nothing of it is stored.

${Object.entries(LIST_RECORDS).map(jsonOf).join('\n\n')}
`;

const tableOf = (rows) => `| key | type | members | kept | written by |
|---|---|---|---|---|
${rows.map(({ pattern, type, members, lives, by }) => `| \`${pattern}\` | ${type} | ${cell(members)} | ${lives} | ${by} |`).join('\n')}`;

const hashOf = ([name, { of, fields }]) => `### ${name}

${of}

| name | field | what | written by |
|---|---|---|---|
${Object.entries(fields)
  .map(([field, { stored, says, by }]) => `| ${luaName(field)} | \`${stored}\` | ${cell(says)} | ${by} |`)
  .join('\n')}`;

const packedOf = ([name, { of, by, fields, separators }]) => {
  const form = Object.keys(fields).map((field, at) => `<${luaName(field)}>${separators[at] ?? ''}`);
  return `### ${name}

${of}, by ${by}: \`${form.join('')}\`

${fieldsOf(fields)}`;
};

const codesOf = ([name, { of, fields }]) => `### ${name}

${of}

| name | stored | what |
|---|---|---|
${Object.entries(fields)
  .map(([field, { stored, says }]) => `| ${luaName(field)} | \`${stored}\` | ${cell(says)} |`)
  .join('\n')}`;

const jsonOf = ([name, { of, by, fields }]) => `### ${name}

${of}, by ${by}

${fieldsOf(fields)}`;

const fieldsOf = (fields) => `| name | type | what |
|---|---|---|
${Object.entries(fields)
  .map(([field, { kind, says }]) => `| ${luaName(field)} | ${kind} | ${cell(says)} |`)
  .join('\n')}`;

const cell = (text) => text.replaceAll('|', '\\|');
