import { api } from '../api.ts';
import { setZone, useZone, type Zone } from '../format/instant.ts';
import { queryClient } from '../live/query-client.ts';
import { usePrincipal } from '../session/session-gate.tsx';
import { Button } from '../ui/button.tsx';
import { setTheme, type Theme, useTheme } from './theme.ts';

/** Who reads, and how they like it: theme, zone, sign out. */
export const ReaderMenu = () => {
  const { name, role } = usePrincipal();
  const theme = useTheme();
  const zone = useZone();
  const signOut = async (): Promise<void> => {
    await api.signOut();
    queryClient.clear();
    location.reload();
  };
  return (
    <details className="group relative">
      <summary className="list-none rounded-md border border-line px-2.5 py-1 font-medium hover:bg-raised">
        {name} <span className="text-faint">({role})</span>
      </summary>
      <div className="absolute right-0 z-40 mt-1 w-64 space-y-3 rounded-lg border border-line bg-panel p-4 shadow-lg">
        <label className="flex items-center justify-between gap-2">
          Theme
          <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)} className="rounded border border-line bg-canvas px-2 py-1">
            <option value="system">as the system</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        </label>
        <label className="flex items-center justify-between gap-2">
          Times
          <select value={zone} onChange={(event) => setZone(event.target.value as Zone)} className="rounded border border-line bg-canvas px-2 py-1">
            <option value="local">local</option>
            <option value="utc">UTC</option>
          </select>
        </label>
        <Button onClick={() => void signOut()} className="w-full">
          Sign out
        </Button>
      </div>
    </details>
  );
};
