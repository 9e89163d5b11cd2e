import type { Change } from './compared.ts';

const LOOKS: Readonly<Record<Change, { readonly sign: string; readonly tone: string }>> = {
  same: { sign: '=', tone: 'text-quiet' },
  changed: { sign: '~', tone: 'text-warn' },
  new: { sign: '+', tone: 'text-good' },
  removed: { sign: '−', tone: 'text-bad' },
};

/** What became of it since the earlier gate; renders nothing if there is none to compare with. */
export const ChangeMark = ({ change }: { change: Change | null }) =>
  change === null ? null : (
    <span className={`font-medium whitespace-nowrap ${LOOKS[change].tone}`}>
      <span aria-hidden="true">{LOOKS[change].sign} </span>
      {change}
    </span>
  );
