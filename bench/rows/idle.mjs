/* Row 3: latency when nothing else runs: one chain of three no-op stages after the other, each awaited by the one who started it. */
import { openByHand, openFlows } from '../contestants/bare-bullmq.mjs';
import { endingsOf } from '../contestants/endings.mjs';
import { openMillrace } from '../contestants/millrace.mjs';
import { figure, quantile } from '../measure/statistics.mjs';
import { now } from '../workers/marks.mjs';
import { socketLatency } from './socket-latency.mjs';

const CONTESTANTS = [openMillrace, openFlows, openByHand];

export const measure = async ({ server, rounds, quick, progress }) => {
  const runs = quick ? 20 : 300;
  const results = [];
  const sockets = [];
  for (let round = 0; round < rounds; round++) {
    const result = {};
    for (const open of CONTESTANTS) {
      const { name, times } = await once(open, server, runs, quick ? 5 : 50);
      result[name] = times;
    }
    results.push(result);
    sockets.push(await socketLatency(server, quick ? 10 : 100));
    progress(`round ${round + 1}/${rounds}`);
  }
  const of = (key, share) => results.map((result) => Object.fromEntries(Object.entries(result).map(([name, times]) => [name, quantile(times[key], share)])));
  const pair = (key, what, means) => ({
    [`${key}_p50_ms`]: figure(`${what} p50`, 'ms', means, of(key, 0.5)),
    [`${key}_p99_ms`]: figure(`${what} p99`, 'ms', means, of(key, 0.99)),
  });
  const ours = (key, what, means) => ({
    [`${key}_p50_ms`]: figure(
      `${what} p50`,
      'ms',
      means,
      sockets.map((times) => ({ millrace: quantile(times[key], 0.5) })),
    ),
    [`${key}_p99_ms`]: figure(
      `${what} p99`,
      'ms',
      means,
      sockets.map((times) => ({ millrace: quantile(times[key], 0.99) })),
    ),
  });
  return {
    title: `Idle latency: ${runs} runs of the chain a round, one at a time`,
    runs,
    figures: {
      ...pair('whole_run', 'whole run', 'the start is sent -> its end is heard by who started it (our feed, BullMQ QueueEvents)'),
      ...pair('first_stage', 'start -> first stage', 'the start is sent -> the first body runs'),
      ...pair('hand_off', 'hand-off', 'end of a body -> the next body runs'),
      ...pair('end_heard', 'last body -> end heard', 'what recording and telling take'),
      ...ours('to_socket', 'body -> socket client', 'end of a body -> a socket.io client of the API has its stage.succeeded'),
      ...ours('feed_to_socket', 'event -> socket client', 'the feed says an event -> a socket.io client of the API has it'),
    },
  };
};

const once = async (open, server, runs, warmUp) => {
  const contestant = await open(server, { concurrency: 10, marks: true });
  const endings = await endingsOf(contestant, server);
  const sent = new Map();
  const heard = new Map();
  try {
    for (let done = 0; done < warmUp + runs; done++) {
      const ended = endings.next();
      const at = now();
      const run = await contestant.startOne();
      const end = await ended;
      if (done < warmUp) continue;
      sent.set(run, at);
      heard.set(run, end);
    }
    return { name: contestant.name, times: timesOf(await contestant.marks(), sent, heard) };
  } finally {
    await endings.close();
    await contestant.close();
  }
};

const timesOf = (marks, sent, heard) => {
  const at = new Map(marks.map(([run, stage, time]) => [`${run} ${stage}`, time]));
  const runs = [...sent.keys()].map((run) => ({
    sent: sent.get(run),
    heard: heard.get(run),
    ...Object.fromEntries(['a', 'b', 'c'].map((stage) => [stage, at.get(`${run} ${stage}`)])),
  }));
  return {
    whole_run: runs.map((run) => run.heard - run.sent),
    first_stage: runs.map((run) => run.a - run.sent),
    hand_off: runs.flatMap((run) => [run.b - run.a, run.c - run.b]),
    end_heard: runs.map((run) => run.heard - run.c),
  };
};
