import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useShortcut } from './shortcuts.ts';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));
const ShortcutList = lazy(async () => ({ default: (await import('./shortcut-list.tsx')).ShortcutList }));

/** Global shortcuts, and two buttons that do the same without a keyboard. */
export const Keyboard = () => {
  const [open, setOpen] = useState<'palette' | 'shortcuts' | null>(null);
  const navigate = useNavigate();
  useShortcut('Mod+K', 'Go to or do anything', () => setOpen('palette'), 'everywhere');
  useShortcut('?', 'List these shortcuts', () => setOpen('shortcuts'), 'everywhere');
  useShortcut('g o', 'Go to the overview', () => void navigate({ to: '/' }), 'everywhere');
  useShortcut('g r', 'Go to the runs', () => void navigate({ to: '/runs' }), 'everywhere');
  useShortcut('g a', 'Go to the approvals', () => void navigate({ to: '/approvals' }), 'everywhere');
  useShortcut('g s', 'Go to the schedules', () => void navigate({ to: '/schedules' }), 'everywhere');
  useShortcut('g y', 'Go to the system', () => void navigate({ to: '/system' }), 'everywhere');
  // A dialog's close event comes late: by then the other one may be open.
  const close = (closed: typeof open) => (): void => setOpen((now) => (now === closed ? null : now));
  return (
    <>
      <button
        type="button"
        aria-label="Go to or do anything"
        title="Go to or do anything (Ctrl or ⌘ K)"
        onClick={() => setOpen('palette')}
        className="inline-flex size-8 items-center justify-center rounded-md border border-line text-quiet hover:bg-raised hover:text-ink"
      >
        <svg
          viewBox="0 0 16 16"
          className="size-4"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
          aria-hidden="true"
        >
          <path d="M7 2A5 5 0 1 0 7 12A5 5 0 1 0 7 2M10.5 10.5 14 14" />
        </svg>
      </button>
      <button
        type="button"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => setOpen('shortcuts')}
        className="inline-flex size-8 items-center justify-center rounded-md border border-line font-semibold text-quiet hover:bg-raised hover:text-ink"
      >
        ?
      </button>
      <Suspense>
        {open === 'palette' ? <Palette onClose={close('palette')} /> : null}
        {open === 'shortcuts' ? <ShortcutList onClose={close('shortcuts')} /> : null}
      </Suspense>
    </>
  );
};
