import { useState } from 'react';
import { Button } from '../../../ui/button.tsx';
import { copyText } from './copy-text.ts';

/** Reports whether copying worked. `text` is called on click: producing it may be expensive. */
export const CopyButton = ({ text, label = 'Copy', what }: { text: () => string; label?: string; what?: string }) => {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  const copy = async (): Promise<void> => {
    setOutcome((await copyText(text())) ? 'copied' : 'refused');
    setTimeout(() => setOutcome(null), 2_000);
  };
  return (
    <Button kind="quiet" onClick={() => void copy()} aria-label={what === undefined ? undefined : `${label} ${what}`} className="px-2">
      <span aria-live="polite">{outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Not allowed' : label}</span>
    </Button>
  );
};
