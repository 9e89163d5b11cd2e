import { useSyncExternalStore } from 'react';
import { formatCount } from '../../../format/amounts.ts';
import type { LogLines } from './log-lines.ts';
import type { LogState } from './open-log.ts';

interface LogStatusProps {
  readonly lines: LogLines;
  readonly phase: LogState['phase'];
  readonly running: boolean;
  readonly offline: boolean;
  /** Whether the run's log still has its beginning. */
  readonly whole: boolean;
  /** The line in the address. */
  readonly line: string | undefined;
  /** Whether the attempt exists. */
  readonly attempted: boolean;
}

/** Says how much of the log is loaded, and whether more will come. */
export const LogStatus = ({ lines, ...facts }: LogStatusProps) => {
  useSyncExternalStore(lines.onChange, lines.version);
  const missing = facts.phase === 'read' && facts.line !== undefined && lines.positionOf(facts.line) === null;
  return (
    <p className="border-b border-line px-3 py-1.5 text-quiet">
      {wordsFor(lines.count, facts)}
      {missing ? <span className="text-warn"> The linked line is not in this attempt's log.</span> : null}
      {lines.count > 0 ? <span className="text-faint"> Press j and k to move between lines, c to copy one.</span> : null}
    </p>
  );
};

const wordsFor = (count: number, { phase, running, offline, whole, attempted }: Omit<LogStatusProps, 'lines'>): string => {
  const lines = `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`;
  if (phase === 'reading') return count === 0 ? 'Loading the log…' : `Loading… ${lines} so far.`;
  if (phase === 'broken') return `${lines} loaded.`;
  if (!attempted) return 'This attempt has not run yet: its lines will appear here.';
  if (running && offline) return `${lines}. Connection lost: new lines will appear when it is back.`;
  if (running) return count === 0 ? 'No lines yet: they will appear as the stage writes them.' : `${lines} so far; the stage is still writing.`;
  if (!whole) return count === 0 ? "This attempt's lines were deleted by retention." : `${lines} left after retention: the attempt has ended.`;
  return count === 0 ? 'This attempt wrote nothing.' : `${lines}: the attempt has ended.`;
};
