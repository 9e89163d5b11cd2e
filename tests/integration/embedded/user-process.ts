/* A process of a data folder: it resolves its Redis, prints which, and uses it until it is stopped or killed. */
import { resolveRedis } from '@millrace/core/embedded';

const [dataDir = ''] = process.argv.slice(2);
const redis = await resolveRedis({ dataDir, log: (line) => console.error(line) });
console.log(JSON.stringify({ url: redis.url, pid: redis.pid }));
process.once('SIGTERM', () => void redis.stop().then(() => process.exit(0)));
setInterval(() => {}, 60_000);
