import { useZone } from '../../format/instant.ts';
import { serverNow } from '../../live/clock.ts';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { inputOf, instantOf, type Range, RANGE_WORDS, RANGES } from './time-range.ts';

/** Filter by creation: a common range, or two instants. */
export const TimeFilter = ({
  since,
  until,
  onChange,
}: {
  since: string | undefined;
  until: string | undefined;
  onChange: (range: { since?: string | undefined; until?: string | undefined }) => void;
}) => {
  const zone = useZone();
  const given = since !== undefined || until !== undefined;
  const choose = (value: string): void => {
    if (value === '') onChange({ since: undefined, until: undefined });
    else if (value in RANGES) onChange({ since: new Date(serverNow() - RANGES[value as Range]).toISOString(), until: undefined });
  };
  return (
    <>
      <label className="flex flex-col gap-0.5">
        <span className="text-xs text-quiet">Time</span>
        <select value={given ? 'given' : ''} onChange={(event) => choose(event.target.value)} className={FIELD_LOOK}>
          <option value="">any</option>
          {given ? <option value="given">between</option> : null}
          {Object.entries(RANGE_WORDS).map(([range, words]) => (
            <option key={range} value={range}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {given
        ? (['since', 'until'] as const).map((end) => (
            <label key={end} className="flex flex-col gap-0.5">
              <span className="text-xs text-quiet">
                {end === 'since' ? 'Since' : 'Until'}
                {zone === 'utc' ? ' (UTC)' : ''}
              </span>
              <input
                type="datetime-local"
                value={inputOf(end === 'since' ? since : until, zone)}
                onChange={(event) => onChange({ [end]: instantOf(event.target.value, zone) })}
                className={FIELD_LOOK}
              />
            </label>
          ))
        : null}
    </>
  );
};
