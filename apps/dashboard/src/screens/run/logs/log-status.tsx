import { useSyncExternalStore } from 'react';
import { formatCount } from '../../../format/amounts.ts';
import type { LogLines } from './log-lines.ts';
import type { LogState } from './open-log.ts';

interface LogStatusProps {
  readonly lines: LogLines;
  readonly phase: LogState['phase'];
  readonly running: boolean;
  readonly offline: boolean;
  /** Whether the run's log has its beginning still. */
  readonly whole: boolean;
  /** The line that the address names. */
  readonly line: string | undefined;
  /** Whether there was such an attempt. */
  readonly attempted: boolean;
}

/** In words, how much of the log is here and whether more comes. */
export const LogStatus = ({ lines, ...facts }: LogStatusProps) => {
  useSyncExternalStore(lines.onChange, lines.version);
  const missing = facts.phase === 'read' && facts.line !== undefined && lines.positionOf(facts.line) === null;
  return (
    <p className="border-b border-line px-3 py-1.5 text-quiet">
      {wordsFor(lines.count, facts)}
      {missing ? <span className="text-warn"> The line of this link is not in this attempt's log.</span> : null}
      {lines.count > 0 ? <span className="text-faint"> In the log, j and k mark a line, c copies it.</span> : null}
    </p>
  );
};

const wordsFor = (count: number, { phase, running, offline, whole, attempted }: Omit<LogStatusProps, 'lines'>): string => {
  const lines = `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`;
  if (phase === 'reading') return count === 0 ? 'Loading the log…' : `Loading… ${lines} so far.`;
  if (phase === 'broken') return `${lines} of it are here.`;
  if (!attempted) return 'This attempt has not run: its lines appear here when it does.';
  if (running && offline) return `${lines}. The connection is lost: what the stage writes meanwhile comes when it is back.`;
  if (running) return count === 0 ? 'No lines yet: they appear as the stage writes them.' : `${lines}, and what the stage writes now.`;
  if (!whole) return count === 0 ? 'No line of this attempt is kept.' : `${lines} are kept: the attempt has ended.`;
  return count === 0 ? 'This attempt wrote nothing.' : `${lines}: the attempt has ended.`;
};
