/** What happens to another start while a run is live, by overlap policy: "another start …". */
export const ANOTHER_START = { skip: 'is refused', queue: 'waits for it', cancel_running: 'cancels it', allow: 'runs alongside it' } as const;
