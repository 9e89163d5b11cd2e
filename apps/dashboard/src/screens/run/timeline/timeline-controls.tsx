import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { Button } from '../../../ui/button.tsx';
import { rangeOf, textOfRange } from '../run-search.ts';
import { type Order, ORDERS } from './segments.ts';
import type { Span } from './time-scale.ts';

const SHOWN = { all: 'all stages', failed: 'with a failed attempt', critical: 'critical path' } as const;
export type Shown = keyof typeof SHOWN;

interface TimelineControlsProps {
  order: Order;
  onOrder: (order: Order) => void;
  shown: Shown;
  onShown: (shown: Shown) => void;
  folding: boolean;
  onFolding: (folding: boolean) => void;
  zoomed: boolean;
  /** Below 1 zooms in. */
  onZoom: (factor: number) => void;
  /** Pans by a share of the view. */
  onPan: (share: number) => void;
  onReset: () => void;
  /** The edges of the graph are known. */
  canFindPath: boolean;
}

export const TimelineControls = ({
  order,
  onOrder,
  shown,
  onShown,
  folding,
  onFolding,
  zoomed,
  onZoom,
  onPan,
  onReset,
  canFindPath,
}: TimelineControlsProps) => (
  <>
    <Choice
      label="Show"
      value={shown}
      options={canFindPath ? SHOWN : { all: SHOWN.all, failed: SHOWN.failed }}
      onChange={(value) => onShown(value as Shown)}
    />
    <Choice label="Sort" value={order} options={ORDERS} onChange={(value) => onOrder(value as Order)} />
    <label className="inline-flex items-center gap-1.5" title="Collapse long stretches in which nothing ran">
      <input
        type="checkbox"
        checked={folding}
        onChange={(event) => onFolding(event.target.checked)}
        className="accent-accent"
      />
      Fold idle time
    </label>
    <div role="toolbar" aria-label="Timeline range" className="flex gap-1">
      <Button
        aria-label="Earlier"
        title="Earlier"
        className="min-w-8 px-2"
        refusal={zoomed ? null : 'The whole run is in view.'}
        onClick={() => onPan(-0.5)}
      >
        ‹
      </Button>
      <Button
        aria-label="Zoom in"
        title="Zoom in (Ctrl and the wheel, or drag over the axis)"
        className="min-w-8 px-2"
        onClick={() => onZoom(0.5)}
      >
        +
      </Button>
      <Button
        aria-label="Zoom out"
        title="Zoom out"
        className="min-w-8 px-2"
        refusal={zoomed ? null : 'The whole run is in view.'}
        onClick={() => onZoom(2)}
      >
        −
      </Button>
      <Button
        aria-label="Later"
        title="Later"
        className="min-w-8 px-2"
        refusal={zoomed ? null : 'The whole run is in view.'}
        onClick={() => onPan(0.5)}
      >
        ›
      </Button>
      <Button refusal={zoomed ? null : 'The whole run is in view.'} onClick={onReset}>
        Whole run
      </Button>
    </div>
  </>
);

const Choice = ({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: Readonly<Record<string, string>>;
  onChange: (value: string) => void;
}) => (
  <label className="inline-flex items-center gap-1.5">
    {label}
    <select
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="rounded border border-line bg-canvas px-2 py-1"
    >
      {Object.entries(options).map(([name, word]) => (
        <option key={name} value={name}>
          {word}
        </option>
      ))}
    </select>
  </label>
);

const route = getRouteApi('/runs/$runId');
/** Pause after which a wheel gesture has ended, ms. */
const STOPPED_MS = 250;

/**
 * The zoomed range, stored in the address: each zoom is one history entry, and so is a whole wheel gesture. Null: the
 * whole run.
 */
export const useRange = (whole: Span) => {
  const shared = route.useSearch({ select: ({ range }) => range });
  const navigate = route.useNavigate();
  const [turning, setTurning] = useState<{ readonly range: Span | null } | null>(null);
  const goTo = useCallback(
    (range: Span | null): void => {
      const text = textOfRange(range, whole.from);
      void navigate({
        search: ({ range: _range, ...rest }) => (text === undefined ? rest : { ...rest, range: text }),
        resetScroll: false,
      });
    },
    [navigate, whole.from],
  );
  useEffect(() => {
    if (turning === null) return;
    const timer = setTimeout(() => {
      goTo(turning.range);
      setTurning(null);
    }, STOPPED_MS);
    return () => clearTimeout(timer);
  }, [turning, goTo]);
  return {
    range: turning === null ? rangeOf(shared, whole) : turning.range,
    show: (range: Span | null): void => {
      setTurning(null);
      goTo(range);
    },
    turnTo: (range: Span | null): void => setTurning({ range }),
  };
};
