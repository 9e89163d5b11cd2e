import { type FocusEvent, type KeyboardEvent, useEffect, useRef } from 'react';
import { setZone, useZone, type Zone } from '../format/zoned-instant.ts';
import { useLeaving, usePrincipal } from '../session/session-gate.tsx';
import { Button } from '../ui/button.tsx';
import { setTheme, type Theme, useTheme } from './theme.ts';

/** The session and display settings: theme, time zone, sign out. */
export const ReaderMenu = () => {
  const { name, role } = usePrincipal();
  const theme = useTheme();
  const zone = useZone();
  const { leave, error } = useLeaving();
  return (
    <details {...useClosing()} open={error !== null} className="group relative">
      <summary className="max-w-44 list-none truncate rounded-md border border-line px-2.5 py-1 font-medium hover:bg-raised">
        {name} {name === role ? null : <span className="text-faint">({role})</span>}
      </summary>
      <div className="absolute right-0 z-40 mt-1 w-64 space-y-3 rounded-lg border border-line bg-panel p-4 shadow-lg">
        <p className="text-quiet">
          Signed in with the role <strong className="text-ink">{role}</strong>
        </p>
        <label className="flex items-center justify-between gap-2">
          Theme
          <select
            value={theme}
            onChange={(event) => setTheme(event.target.value as Theme)}
            className="rounded border border-line bg-canvas px-2 py-1"
          >
            <option value="system">same as system</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        </label>
        <label className="flex items-center justify-between gap-2">
          Times
          <select
            value={zone}
            onChange={(event) => setZone(event.target.value as Zone)}
            className="rounded border border-line bg-canvas px-2 py-1"
          >
            <option value="local">local</option>
            <option value="utc">UTC</option>
          </select>
        </label>
        <Button onClick={leave} className="w-full">
          Sign out
        </Button>
        {error ? (
          <p role="alert" className="text-bad">
            Could not sign out: {error.message}
          </p>
        ) : null}
      </div>
    </details>
  );
};

/** Closes like a menu: on Escape, on focus loss and on a click outside. */
const useClosing = () => {
  const ref = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const onPress = ({ target }: PointerEvent): void => {
      if (ref.current?.open && !ref.current.contains(target as Node)) ref.current.open = false;
    };
    document.addEventListener('pointerdown', onPress);
    return () => document.removeEventListener('pointerdown', onPress);
  }, []);
  return {
    ref,
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent<HTMLDetailsElement>): void => {
      if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
    },
    onKeyDown: ({ key, currentTarget }: KeyboardEvent<HTMLDetailsElement>): void => {
      if (key !== 'Escape' || !currentTarget.open) return;
      currentTarget.open = false;
      currentTarget.querySelector('summary')!.focus();
    },
  };
};
