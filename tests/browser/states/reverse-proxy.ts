/** A typical reverse proxy: it sends the API's own name as Host, not the one the browser used. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { PROXIED_HOST } from '../chromium.ts';

/** Its address, as the browser of these tests knows it. It ends with the test. */
export const reverseProxy = async (target: string): Promise<string> => {
  const { hostname, port, host } = new URL(target);
  const ask = ({ method, url, headers }: IncomingMessage) =>
    request({ hostname, port, method, path: url, headers: { ...headers, host } });

  const server = createServer((incoming, outgoing) => {
    const asked = ask(incoming);
    asked.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    outgoing.on('close', () => asked.destroy());
    incoming.pipe(asked);
  });
  server.on('upgrade', (incoming, socket: Socket) => {
    const asked = ask(incoming);
    const endAs = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    asked.on('upgrade', (answer, behind) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headLines(answer)}\r\n`);
      behind.pipe(socket).pipe(behind);
      for (const one of [behind, socket]) one.on('error', () => [behind, socket].forEach((end) => void end.destroy()));
    });
    asked.on('response', (answer) => endAs(`${answer.statusCode} ${answer.statusMessage}`));
    asked.on('error', () => endAs('502 Bad Gateway'));
    socket.on('error', () => asked.destroy());
    asked.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${PROXIED_HOST}:${(server.address() as AddressInfo).port}`;
};

const headLines = ({ rawHeaders }: IncomingMessage): string =>
  rawHeaders.reduce((lines, text, index) => `${lines}${text}${index % 2 === 0 ? ': ' : '\r\n'}`, '');
