/*
 * Row 3: latency when nothing else runs: one chain of three no-op stages after the other, each awaited by the one who
 * started it.
 */
import { ofVersions, withBare, withFlows } from '../contestants/contestants.mjs';
import { endingsOf } from '../contestants/endings.mjs';
import { each, interleave } from '../interleave.mjs';
import { figure, quantile } from '../measure/statistics.mjs';
import { now } from '../workers/marks.mjs';
import { socketLatency } from './socket-latency.mjs';

export const measure = async ({ server, versions, rounds, quick, progress }) => {
  const runs = quick ? 20 : 300;
  const { results, notes } = await interleave({
    contestants: quick ? withFlows(versions) : withBare(versions),
    rounds,
    once: ({ open }) => once(open, server, runs, quick ? 5 : 50),
    progress,
  });
  const sockets = await interleave({
    contestants: ofVersions(versions),
    rounds,
    once: ({ open }) => socketLatency(open, server, quick ? 10 : 100),
    progress: (line) => progress(`socket, ${line}`),
  });
  const figuresOf = (rounds, key, what, means) => {
    const at = (share) => each(rounds, (times) => quantile(times[key], share));
    return {
      [`${key}_p50_ms`]: figure(`${what} p50`, 'ms', means, at(0.5)),
      [`${key}_p99_ms`]: figure(`${what} p99`, 'ms', means, at(0.99)),
    };
  };
  const pair = (...args) => figuresOf(results, ...args);
  const ours = (...args) => figuresOf(sockets.results, ...args);
  return {
    title: `Idle latency: ${runs} runs of the chain a round, one at a time`,
    runs,
    notes: [...notes, ...sockets.notes],
    figures: {
      ...pair(
        'whole_run',
        'whole run',
        'the start is sent -> its end is heard by who started it (our feed, BullMQ QueueEvents)',
      ),
      ...pair('first_stage', 'start -> first stage', 'the start is sent -> the first body runs'),
      ...pair('hand_off', 'hand-off', 'end of a body -> the next body runs'),
      ...pair('end_heard', 'last body -> end heard', 'what recording and telling take'),
      ...ours(
        'to_socket',
        'body -> socket client',
        'end of a body -> a socket.io client of the API has its stage.succeeded',
      ),
      ...ours(
        'feed_to_socket',
        'event -> socket client',
        'the feed says an event -> a socket.io client of the API has it',
      ),
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
    return timesOf(await contestant.marks(), sent, heard);
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
