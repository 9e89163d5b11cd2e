/** The end of a run's id: its beginning is the time, which runs of one minute share. */
export const shortId = (runId: string): string => runId.slice(-8);
