import { useEffect, useState } from 'react';
import { Button } from '../../ui/button.tsx';

/** Copies a text, and says so for a moment. `children`: what the button says; without, it is a sign with `label` as its name. */
export const CopyButton = ({ text, label, children }: { text: string; label: string; children?: React.ReactNode }) => {
  const [done, setDone] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), 2_000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <>
      <Button
        kind={children ? 'plain' : 'quiet'}
        aria-label={children ? undefined : label}
        title={label}
        className={children ? '' : 'px-1.5'}
        onClick={() => void copy(text).then((ok) => setDone(ok ? 'copied' : 'failed'))}
      >
        {children ?? (
          <svg viewBox="0 0 16 16" className="size-4" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
            <path d="M5 5V2.5H13.5V11H11M2.5 5H11V13.5H2.5Z" strokeLinejoin="round" />
          </svg>
        )}
      </Button>
      <span role="status" className="text-quiet">
        {done === 'copied' ? 'copied' : done === 'failed' ? 'the browser refused to copy' : ''}
      </span>
    </>
  );
};

/** The clipboard is only there for pages of https or of this machine. */
const copy = (text: string): Promise<boolean> =>
  (navigator.clipboard as Clipboard | undefined)?.writeText(text).then(
    () => true,
    () => false,
  ) ?? Promise.resolve(copyBySelection(text));

const copyBySelection = (text: string): boolean => {
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  // The successor needs a secure context, which this page may not have.
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
};
