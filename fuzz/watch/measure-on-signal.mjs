/*
 * Loaded before a process of the deployment (`--import`): on SIGUSR2 it collects its garbage and says what it holds, on
 * stderr.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stderr.write(
    `${JSON.stringify({ measured: { rss, heapUsed, external, sockets: process.getActiveResourcesInfo().filter(isSocket).length } })}\n`,
  );
});

const isSocket = (name) => /^(TCPSocketWrap|TCPWRAP|PipeWrap)$/.test(name);
