import { useEffect, useRef, useState } from 'react';
import { FIELD_LOOK } from '../../ui/field-look.ts';

/** Debounce of typing, ms. */
const PAUSE_MS = 300;

export const TextFilter = ({ text, onChange }: { text: string; onChange: (text: string) => void }) => {
  const [typed, setTyped] = useState(text);
  const sent = useRef(text);
  const change = useRef(onChange);
  useEffect(() => {
    change.current = onChange;
  });
  useEffect(() => {
    // Changed elsewhere: the reader went back, or cleared the filters.
    if (text === sent.current) return;
    sent.current = text;
    setTyped(text);
  }, [text]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      change.current(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label className="flex min-w-0 flex-col gap-0.5">
      <span className="text-xs text-quiet">Text</span>
      <input
        type="search"
        value={typed}
        placeholder="run id, label, reason, who"
        onChange={(event) => setTyped(event.target.value)}
        className={`${FIELD_LOOK} w-56 max-w-full placeholder:text-faint`}
      />
    </label>
  );
};
