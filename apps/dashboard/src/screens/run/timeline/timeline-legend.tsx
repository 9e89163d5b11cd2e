import { LEGEND, SEGMENT_LOOKS } from './segment-looks.ts';

export const TimelineLegend = () => (
  <ul aria-label="What the bars mean" className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-quiet">
    {LEGEND.map(({ kind, word }) => (
      <li key={kind} className="flex items-center gap-1.5">
        <span
          aria-hidden="true"
          className="inline-flex h-3.5 w-6 items-center justify-end rounded-sm px-0.5 text-[0.65rem] leading-none text-panel"
          style={SEGMENT_LOOKS[kind].style}
        >
          <span className={kind === 'worker_lost' || kind === 'handed_back' ? 'bg-panel text-ink' : ''}>{SEGMENT_LOOKS[kind].sign}</span>
        </span>
        {word}
      </li>
    ))}
  </ul>
);
