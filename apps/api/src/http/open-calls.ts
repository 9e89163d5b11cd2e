/** What callers have open here: event streams. Each ends when its caller may no longer have it. */
export interface OpenCalls {
  /** Returns a function to call when it has ended by itself. */
  add(call: OpenCall): () => void;
  /** Ends, now and repeatedly until stopped, those that are over. */
  follow(): () => void;
}

export interface OpenCall {
  readonly isOver: () => boolean;
  /** Called once a second until it has ended. */
  readonly end: () => void;
}

const CHECK_MS = 1_000;

export const openCalls = (): OpenCalls => {
  const open = new Set<OpenCall>();
  return {
    add: (call) => {
      open.add(call);
      return () => void open.delete(call);
    },
    follow: () => {
      const timer = setInterval(() => {
        for (const call of open) if (call.isOver()) call.end();
      }, CHECK_MS);
      return () => clearInterval(timer);
    },
  };
};
