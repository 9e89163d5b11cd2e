import type { CSSProperties } from 'react';
import type { SegmentKind } from './segments.ts';

/** Fill, border and a sign: distinguishable without colour. */
export interface Look {
  readonly style: CSSProperties;
  readonly sign: string;
}

const hatched = (token: string): CSSProperties => ({
  backgroundImage: `repeating-linear-gradient(45deg, var(${token}) 0 1.5px, transparent 1.5px 6px)`,
  border: `1px solid var(${token})`,
});
const dotted = (token: string): CSSProperties => ({ borderBlock: `3px dotted var(${token})`, marginBlock: '4px' });
const full = (token: string): CSSProperties => ({ background: `var(${token})` });

export const SEGMENT_LOOKS: Readonly<Record<SegmentKind, Look>> = {
  queued: { style: hatched('--wait'), sign: '' },
  backoff: { style: dotted('--warn'), sign: '' },
  between: { style: dotted('--warn'), sign: '' },
  running: { style: { ...full('--busy'), borderRight: '3px double var(--panel)' }, sign: '▸' },
  succeeded: { style: full('--good'), sign: '' },
  failed: { style: full('--bad'), sign: '✕' },
  cancelled: { style: full('--off'), sign: '■' },
  worker_lost: { style: { ...hatched('--bad'), borderWidth: 2 }, sign: '⚡' },
  handed_back: { style: hatched('--off'), sign: '↩' },
};

/** One of each group of segments that look alike. */
export const LEGEND: readonly { readonly kind: SegmentKind; readonly word: string }[] = [
  { kind: 'queued', word: 'in the queue' },
  { kind: 'running', word: 'running' },
  { kind: 'succeeded', word: 'succeeded' },
  { kind: 'failed', word: 'failed attempt' },
  { kind: 'backoff', word: 'backoff' },
  { kind: 'worker_lost', word: 'worker lost' },
  { kind: 'handed_back', word: 'handed back' },
  { kind: 'cancelled', word: 'cancelled' },
];
