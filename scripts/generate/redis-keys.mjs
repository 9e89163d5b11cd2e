/** docs/redis-keys.md: what is in Redis. */
import { BULL_KEYS, CHANNELS, KEYS } from '../../packages/core/dist/redis/layout/index.js';

export const files = async () => [{ path: 'docs/redis-keys.md', content: page() }];

const page = () => `# What is in Redis

Everything of a deployment begins with one hash tag, \`{prefix}\`, so that each script is single-slot on Redis Cluster. Generated from
\`packages/core/src/redis/layout/keys.ts\`. A script that touches another key is refused when the scripts are put together.

## Keys

Millrace's own are \`{prefix}/…\`, which no queue's name can collide with.

${tableOf(Object.values(KEYS))}

## Channels

In a database n > 0 they begin with \`{prefix}@n\`: pub/sub knows no databases.

${tableOf(Object.values(CHANNELS))}

## BullMQ's keys

\`{prefix}:<queue>:…\`, in BullMQ's own layout: what the scripts touch of it. The queue \`runs\` holds each run's flow. See [adr/scripts.md](adr/scripts.md).

${tableOf(BULL_KEYS)}
`;

const tableOf = (rows) => `| key | type | members | kept | written by |
|---|---|---|---|---|
${rows.map(({ pattern, type, members, lives, by }) => `| \`${pattern}\` | ${type} | ${cell(members)} | ${lives} | ${by} |`).join('\n')}`;

const cell = (text) => text.replaceAll('|', '\\|');
