/*
 * Many socket.io clients in a process of their own: bare websockets that speak as much of the protocol as they need, so
 * that a thousand of them cost less than the API that is measured. All follow one pipeline, in packets of several
 * events, as the dashboard does.
 */
import { WebSocket } from 'ws';

const { BENCH_URL, BENCH_TOKEN, BENCH_CLIENTS } = process.env;
const CLIENTS = Number(BENCH_CLIENTS);
/** One in so many reads what it gets; the others only count packets. */
const READS = Math.max(1, CLIENTS / 50);
/** Connecting at a time. */
const AT_ONCE = 20;
const EVENTS = '42/events,';

const latencies = [];
const counted = { packets: 0, events: 0 };

const read = (text, heardAt) => {
  const [name, payload] = JSON.parse(text.slice(EVENTS.length));
  if (name !== 'events' && name !== 'event') return;
  for (const { timestamp } of name === 'events' ? payload : [payload]) {
    counted.events += 1;
    latencies.push(heardAt - Date.parse(timestamp));
  }
};

/** Settles when it is subscribed. */
const openClient = (place) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${BENCH_URL}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
    const replies = {
      0: () => socket.send(`40/events,${JSON.stringify({ token: BENCH_TOKEN, batches: true })}`),
      2: () => socket.send('3'),
      40: () => socket.send('42/events,0["subscribe",{"pipeline":"chain"}]'),
      43: (text) => (text.includes('"ok":true') ? resolve() : reject(new Error(`not subscribed: ${text}`))),
      44: (text) => reject(new Error(`not connected: ${text}`)),
    };
    socket.on('message', (/** @type {Buffer} */ data) => {
      counted.packets += 1;
      const text = data.toString('latin1', 0, 2);
      if (text === '42') {
        if (place % READS === 0) read(data.toString(), Date.now());
      } else (replies[text] ?? replies[text[0]])?.(data.toString());
    });
    // One that is sent away would make the rest look fast.
    socket.on('close', () => {
      console.error(`socket client ${place} was disconnected`);
      process.exit(1);
    });
    socket.on('error', reject);
  });

process.on('message', ({ kind }) => {
  if (kind === 'begin') {
    latencies.length = 0;
    Object.assign(counted, { packets: 0, events: 0 });
    process.send({ kind });
  }
  if (kind === 'heard') process.send({ kind, latencies, readers: Math.ceil(CLIENTS / READS), ...counted });
});
process.on('SIGTERM', () => process.exit(0));

for (let place = 0; place < CLIENTS; place += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, CLIENTS - place) }, (_, n) => openClient(place + n)));
}
process.send({ kind: 'ready' });
