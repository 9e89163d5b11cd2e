import { Link } from '@tanstack/react-router';
import { GATE_WORDS } from '../../parts/gates/gate-words.ts';
import { Ago } from '../../ui/times.tsx';
import type { Comparison, comparisonsOf } from './compared.ts';

type Comparisons = ReturnType<typeof comparisonsOf>;
export type Since = Comparisons[number]['since'];

const SINCE: Readonly<Record<Since, string>> = {
  previous: 'the gate before it in this run',
  approved: 'the last approved run',
};

/** What the marks compare with; renders nothing without anything earlier. */
export const ComparedWith = ({
  comparisons,
  since,
  onChoose,
}: {
  comparisons: Comparisons;
  since: Since | null;
  onChoose: (since: Since) => void;
}) => {
  const chosen = comparisons.find((one) => one.since === since)?.comparison;
  if (chosen === undefined) return null;
  return (
    <section aria-label="Compared with" className="rounded-lg border border-line bg-panel px-4 py-3">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        {comparisons.map((one) => (
          <label key={one.since} className="flex items-center gap-2">
            {comparisons.length > 1 ? (
              <input
                type="radio"
                name="compared-with"
                checked={one.since === since}
                onChange={() => onChoose(one.since)}
              />
            ) : null}
            <span>Compared with {SINCE[one.since]}</span>
          </label>
        ))}
      </div>
      <Earlier comparison={chosen} />
    </section>
  );
};

const Earlier = ({ comparison: { gate_id, status, by, at, notes } }: { comparison: Comparison }) => (
  <>
    <p className="text-quiet">
      <span className={`font-medium ${GATE_WORDS[status].tone}`}>{GATE_WORDS[status].word}</span>
      {by === null ? '' : ` by ${by}`}
      {at === null ? null : (
        <>
          , <Ago at={at} />
        </>
      )}
      .{' '}
      <Link to="/approvals/$gateId" params={{ gateId: gate_id }} className="text-accent underline">
        See that gate
      </Link>
    </p>
    {notes === null ? null : (
      <blockquote className="mt-1 border-l-4 border-line pl-3 wrap-anywhere whitespace-pre-wrap">{notes}</blockquote>
    )}
  </>
);
