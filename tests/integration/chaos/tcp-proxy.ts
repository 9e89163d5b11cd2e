/** Stands between a process and Redis, and does to their connections what networks and middleboxes do. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly url: string;
  /**
   * The next command that contains the text is carried out, and its reply lost: it and what follows it are swallowed,
   * and the connection is reset. Answers once that has happened.
   */
  loseReplyTo(text: string): Promise<void>;
  /**
   * Every connection, and each that is made until `stop`, stays open and carries nothing any more, either way, for
   * good. `reconnected` tells how many of the new ones have spoken.
   */
  swallowEverything(): { reconnected(): number; stop(): void };
  /** Every connection ends at once, on both sides; new ones are taken. */
  resetAll(): void;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** What the client has sent of late. */
  sent: string;
  swallows: boolean;
  doom: (() => void) | null;
}

/** For replies that are under way when the reset comes, ms: part of the fault, not a wait for anything. */
const LAST_REPLIES_MS = 20;
const REMEMBERED = 4_096;

export const startTcpProxy = async (port: number): Promise<TcpProxy> => {
  const links = new Set<Link>();
  let swallowing = false;
  let target: { readonly text: string; readonly done: () => void } | null = null;

  const forward = (link: Link, chunk: Buffer): void => {
    link.sent = (link.sent + chunk.toString('latin1')).slice(-REMEMBERED);
    if (link.swallows) return;
    if (target && link.sent.includes(target.text)) {
      link.doom = target.done;
      target = null;
    }
    link.server.write(chunk);
  };
  const answer = (link: Link, chunk: Buffer): void => {
    if (link.swallows) return;
    if (!link.doom) return void link.client.write(chunk);
    const { doom } = link;
    link.swallows = true;
    setTimeout(() => {
      link.client.resetAndDestroy();
      link.server.destroy();
      doom();
    }, LAST_REPLIES_MS);
  };

  const listener = createServer((client) => {
    const link: Link = { client, server: connect(port, '127.0.0.1'), sent: '', swallows: swallowing, doom: null };
    links.add(link);
    client.on('data', (chunk: Buffer) => forward(link, chunk));
    link.server.on('data', (chunk: Buffer) => answer(link, chunk));
    for (const [socket, other] of [
      [client, link.server],
      [link.server, client],
    ] as const) {
      socket.on('error', () => {});
      socket.on('close', () => {
        other.destroy();
        links.delete(link);
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    url: `redis://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    loseReplyTo: (text) =>
      new Promise((done) => {
        for (const link of links) link.sent = '';
        target = { text, done };
      }),
    swallowEverything: () => {
      const old = new Set(links);
      for (const link of links) link.swallows = true;
      swallowing = true;
      return {
        reconnected: () => [...links].filter((link) => link.swallows && !old.has(link) && link.sent !== '').length,
        stop: () => void (swallowing = false),
      };
    },
    resetAll: () => {
      for (const { client, server } of links) {
        client.resetAndDestroy();
        server.destroy();
      }
    },
    close: async () => {
      for (const { client, server } of links) {
        client.destroy();
        server.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
};
