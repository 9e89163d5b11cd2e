/*
 * In the page, before its own code: notes long tasks, slow events and the time between frames while `recorder.start()`
 * … `recorder.stop()`.
 */
globalThis.recorder = (() => {
  let recording = null;
  const observe = (type, options, note) => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
    new PerformanceObserver((list) => {
      if (recording) for (const entry of list.getEntries()) note(entry);
    }).observe({ type, buffered: false, ...options });
  };
  observe('longtask', {}, ({ duration }) => recording.tasks.push(duration));
  observe('event', { durationThreshold: 16 }, ({ name, duration }) => recording.events.push({ name, duration }));
  observe('long-animation-frame', {}, ({ duration, blockingDuration, scripts }) =>
    recording.longFrames.push({
      duration,
      blockingDuration,
      scripts: scripts.map((script) => ({
        duration: script.duration,
        by: script.invoker,
        in: script.sourceFunctionName,
      })),
    }),
  );
  const frame = (at) => {
    if (!recording) return;
    if (recording.lastFrame !== null) recording.frames.push(at - recording.lastFrame);
    recording.lastFrame = at;
    requestAnimationFrame(frame);
  };
  return {
    start() {
      recording = { tasks: [], events: [], longFrames: [], frames: [], lastFrame: null };
      requestAnimationFrame(frame);
    },
    /** Two frames later: observers are told after the task that they tell of. */
    stop: () =>
      new Promise((resolve) => {
        requestAnimationFrame(() =>
          setTimeout(() => {
            const { tasks, events, longFrames, frames } = recording;
            recording = null;
            resolve({ tasks, events, longFrames, frames });
          }, 100),
        );
      }),
  };
})();
