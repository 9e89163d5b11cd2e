/** What becomes of another start while a run is live, by the pipeline's overlap: "another start …". */
export const ANOTHER_START = { skip: 'is refused', queue: 'waits for it', cancel_running: 'cancels it', allow: 'runs alongside it' } as const;
