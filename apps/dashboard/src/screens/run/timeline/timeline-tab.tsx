/** Timeline: when each stage waited and ran, one row per stage. */
import type { Event } from '@millrace/client';
import { dataOf, isTerminalRun, type Run } from '@millrace/core/domain';
import { fromWireEvent } from '@millrace/core/wire';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { LiveRun } from '../../../live/live-run.ts';
import { useNow } from '../../../live/server-clock.ts';
import { useGraph } from '../../../parts/graph/use-definition.ts';
import { Empty } from '../../../ui/notice.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { NARROWEST_MS } from '../run-search.ts';
import { criticalPath, inOrder, type Order, segmentsOf } from './segments.ts';
import { roundedEnd, type Span, timeScale } from './time-scale.ts';
import { TimelineAxis } from './timeline-axis.tsx';
import { type Shown, TimelineControls, useRange } from './timeline-controls.tsx';
import { TimelineLegend, TimelineRow } from './timeline-row.tsx';

interface TimelineTabProps {
  run: Run;
  source: LiveRun;
  selected: string | null;
  onOpen: (stage: string) => void;
}

/** Follows the clock only while something can change. */
export const TimelineTab = (props: TimelineTabProps) =>
  isTerminalRun(props.run.status) ? (
    <Timeline {...props} now={props.run.finishedAt ?? props.run.createdAt} />
  ) : (
    <LiveTimeline {...props} />
  );

const LiveTimeline = (props: TimelineTabProps) => <Timeline {...props} now={useNow()} />;

const ROW = 30;

const Timeline = ({ run, source, selected, onOpen, now }: TimelineTabProps & { now: number }) => {
  const box = useRef<HTMLDivElement>(null);
  const [order, setOrder] = useState<Order>('start');
  const [shown, setShown] = useState<Shown>('all');
  const [folding, setFolding] = useState(false);
  const edges = useGraph(run).data?.edges;
  const retries = useRetries(run, source);
  const live = run.finishedAt === null;

  const path = useMemo(
    () => (shown === 'critical' ? criticalPath(run.stages, edges ?? []) : null),
    [shown, run.stages, edges],
  );
  const orderedAt = order === 'duration' ? now : 0;
  const stages = useMemo(() => {
    const some = run.stages.filter(({ stage, status, attempts }) =>
      shown === 'failed'
        ? status === 'failed' || attempts.some((one) => one.status === 'failed' || one.status === 'worker_lost')
        : (path?.has(stage) ?? true),
    );
    return inOrder(some, order, orderedAt);
  }, [run.stages, shown, path, order, orderedAt]);

  const end = run.finishedAt ?? roundedEnd(run.createdAt, now);
  const whole = useMemo(
    () => ({ from: run.createdAt, to: Math.max(end, run.createdAt + NARROWEST_MS) }),
    [run.createdAt, end],
  );
  const { range, show, turnTo } = useRange(whole);
  const busyUntil = live ? now : 0;
  const scale = useMemo(() => {
    const busy = folding
      ? run.stages
          .flatMap((stage) => segmentsOf(stage).filter(({ attempt }) => attempt !== null))
          .map(({ from, to }) => ({ from, to: to ?? busyUntil }))
      : [];
    return timeScale(range ?? whole, busy);
  }, [folding, run.stages, range, whole, busyUntil]);

  const zoomed = (factor: number, around: number): Span | null => {
    const at = scale.instantAt(around);
    const next = {
      from: Math.max(whole.from, at - (at - scale.span.from) * factor),
      to: Math.min(whole.to, at + (scale.span.to - at) * factor),
    };
    if (next.to - next.from < NARROWEST_MS) return range;
    return next.from <= whole.from && next.to >= whole.to ? null : next;
  };
  const pan = (share: number): void => {
    if (range === null) return;
    const width = range.to - range.from;
    const from = Math.min(Math.max(range.from + width * share, whole.from), whole.to - width);
    show({ from, to: from + width });
  };
  useWheelZoom(box, (factor, around) => turnTo(zoomed(factor, around)));

  const rows = useVirtualizer({
    count: stages.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const items = rows.getVirtualItems();
  return (
    <Panel
      title="Timeline"
      actions={
        <TimelineControls
          order={order}
          onOrder={setOrder}
          shown={shown}
          onShown={setShown}
          folding={folding}
          onFolding={setFolding}
          zoomed={range !== null}
          onZoom={(factor) => show(zoomed(factor, 0.5))}
          onPan={pan}
          onReset={() => show(null)}
          canFindPath={edges !== undefined}
        />
      }
    >
      <div
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="Stage timeline"
        className="isolate max-h-[62dvh] overflow-auto [--names:7.5rem] sm:[--names:13rem]"
      >
        <div className="sticky top-0 z-30 flex min-w-72 border-b border-line bg-panel">
          <span className="w-(--names) shrink-0 px-3 leading-8 text-faint">Stage</span>
          <TimelineAxis
            scale={scale}
            origin={run.createdAt}
            onRange={(next) => next.to - next.from >= NARROWEST_MS && show(next)}
          />
        </div>
        {stages.length === 0 ? (
          <div className="p-4">
            <Empty title={shown === 'failed' ? 'No failed attempts' : 'No stage has started'} />
          </div>
        ) : (
          <ol className="relative min-w-72" style={{ height: rows.getTotalSize() }}>
            {items.map(({ index, start }) => {
              const stage = stages[index]!;
              return (
                <li
                  key={stage.stage}
                  aria-setsize={stages.length}
                  aria-posinset={index + 1}
                  className="absolute inset-x-0 focus-within:z-10 hover:z-10"
                  style={{ height: ROW, top: start }}
                >
                  <TimelineRow
                    stage={stage}
                    retriedAt={retries.get(stage.stage)}
                    scale={scale}
                    now={stage.finishedAt ?? now}
                    selected={stage.stage === selected}
                    onOpen={onOpen}
                  />
                </li>
              );
            })}
          </ol>
        )}
      </div>
      <TimelineLegend />
    </Panel>
  );
};

/**
 * Ctrl+wheel zooms around the pointer; React's wheel listeners are passive and could not keep the page from zooming.
 */
const useWheelZoom = (
  box: React.RefObject<HTMLDivElement | null>,
  zoom: (factor: number, around: number) => void,
): void => {
  const latest = useRef(zoom);
  useEffect(() => {
    latest.current = zoom;
  });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const axis = element.querySelector('[title^="Drag"]')!.getBoundingClientRect();
      latest.current(event.deltaY > 0 ? 1.25 : 0.8, Math.min(1, Math.max(0, (event.clientX - axis.left) / axis.width)));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [box]);
};

/**
 * When each stage's backoffs ended, ms since the epoch, ascending: from events received while the timeline is open, and
 * the current backoff.
 */
const useRetries = (run: Run, source: LiveRun): ReadonlyMap<string, readonly number[]> => {
  const [known, setKnown] = useState<ReadonlyMap<string, readonly number[]>>(
    () =>
      new Map(
        run.stages.flatMap(({ stage, nextAttemptAt }) => (nextAttemptAt === null ? [] : [[stage, [nextAttemptAt]]])),
      ),
  );
  useEffect(
    () =>
      source.onEvents((events: readonly Event[]) => {
        const found = events.map(fromWireEvent).flatMap((event) => {
          const data = dataOf(event, 'stage.retrying');
          return data === null ? [] : [{ stage: event.stage, at: data.next_attempt_at }];
        });
        if (found.length === 0) return;
        setKnown((before) => {
          const after = new Map(before);
          for (const { stage, at } of found) after.set(stage, [...(after.get(stage) ?? []), at]);
          return after;
        });
      }),
    [source],
  );
  return known;
};
