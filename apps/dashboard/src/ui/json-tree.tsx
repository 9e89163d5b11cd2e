/**
 * A JSON tree, collapsed where it is large; closed parts are not in the page. Opens by mouse and keyboard like
 * <details>.
 */
import { useState } from 'react';

interface JsonTreeProps {
  readonly value: unknown;
  /** Label for screen readers. */
  readonly label: string;
  /** Levels open initially. */
  readonly open?: number;
}

export const JsonTree = ({ value, label, open = 1 }: JsonTreeProps) => (
  <div role="group" aria-label={label} className="font-mono text-[12px] leading-5 wrap-anywhere">
    <Node name={null} value={value} open={open} />
  </div>
);

/** Members added per click. */
const STEP = 100;
/** Characters of a string shown initially. */
const TEXT = 1_000;

const Node = ({ name, value, open }: { name: string | null; value: unknown; open: number }) => {
  if (typeof value !== 'object' || value === null) {
    return (
      <div className="pl-4">
        <Name name={name} />
        <Leaf value={value} />
      </div>
    );
  }
  return <Branch name={name} members={membersOf(value)} array={Array.isArray(value)} open={open} />;
};

const Branch = ({
  name,
  members,
  array,
  open,
}: {
  name: string | null;
  members: readonly Member[];
  array: boolean;
  open: number;
}) => {
  const [shown, setShown] = useState(open > 0 && members.length <= STEP);
  const [limit, setLimit] = useState(STEP);
  const [start, end] = array ? '[]' : '{}';
  if (members.length === 0) {
    return (
      <div className="pl-4">
        <Name name={name} />
        {start}
        {end}
      </div>
    );
  }
  return (
    <details open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary className="pl-0">
        <Name name={name} />
        <span className="text-quiet">
          {start}
          {shown ? '' : `… ${members.length} ${array ? 'items' : 'members'} ${end}`}
        </span>
      </summary>
      {shown ? (
        <div className="ml-1 border-l border-line pl-3">
          {members.slice(0, limit).map(([key, value]) => (
            <Node key={key} name={key} value={value} open={open - 1} />
          ))}
          {limit < members.length ? (
            <button type="button" onClick={() => setLimit(limit + STEP)} className="pl-4 text-accent underline">
              {Math.min(STEP, members.length - limit)} more of {members.length}
            </button>
          ) : null}
        </div>
      ) : null}
      {shown ? <span className="text-quiet">{end}</span> : null}
    </details>
  );
};

type Member = readonly [name: string, value: unknown];
const membersOf = (value: object): readonly Member[] =>
  Array.isArray(value) ? value.map((item, index): Member => [String(index), item]) : Object.entries(value);

const Name = ({ name }: { name: string | null }) => (name === null ? null : <bdi className="text-quiet">{name}: </bdi>);

const Leaf = ({ value }: { value: unknown }) => {
  const [whole, setWhole] = useState(false);
  if (typeof value !== 'string') return <span className="text-busy">{String(value)}</span>;
  const cut = !whole && value.length > TEXT;
  return (
    <span className="text-good">
      "<bdi className="whitespace-pre-wrap">{cut ? value.slice(0, TEXT) : value}</bdi>"
      {cut ? (
        <button type="button" onClick={() => setWhole(true)} className="ml-2 text-accent underline">
          {value.length - TEXT} more characters
        </button>
      ) : null}
    </span>
  );
};
