import { useState } from 'react';
import { Button } from './button.tsx';

/** Reports whether copying worked. `text` is called on click: producing it may be expensive. */
export const CopyButton = ({ text, label = 'Copy', what }: { text: () => string; label?: string; what?: string }) => {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  const copy = async (): Promise<void> => {
    setOutcome((await copyText(text())) ? 'copied' : 'refused');
    setTimeout(() => setOutcome(null), 2_000);
  };
  return (
    <Button
      kind="quiet"
      onClick={() => void copy()}
      aria-label={what === undefined ? undefined : `${label} ${what}`}
      className="px-2"
    >
      <span aria-live="polite">{outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Not allowed' : label}</span>
    </Button>
  );
};

/** Copies the text; whether it worked. Outside of secure contexts only the legacy way exists. */
export const copyText = async (text: string): Promise<boolean> => {
  if (isSecureContext)
    return await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const area = document.createElement('textarea');
  area.value = text;
  // Inside the open dialog, if any: nothing outside of it can be selected.
  (document.activeElement?.parentElement ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
};
