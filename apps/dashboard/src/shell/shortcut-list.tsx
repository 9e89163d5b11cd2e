import { Dialog } from '../ui/dialog.tsx';
import { spellKeys } from './shortcut-keys.ts';
import { setSingleKeys, type Shortcut, useShortcuts, useSingleKeys } from './shortcuts.ts';

/** Lists the current registry: every listed shortcut works here and now. */
export const ShortcutList = ({ onClose }: { onClose: () => void }) => {
  const shortcuts = useShortcuts();
  const singleKeys = useSingleKeys();
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <div className="space-y-4">
        <Group title="On this screen" shortcuts={shortcuts.filter(({ scope }) => scope === 'screen')} />
        <Group title="Everywhere" shortcuts={shortcuts.filter(({ scope }) => scope === 'everywhere')} />
        <Keys keys={['Esc']} says="Close the topmost dialog or panel" />
        <label className="flex items-center gap-2 border-t border-line pt-4">
          <input type="checkbox" checked={singleKeys} onChange={(event) => setSingleKeys(event.target.checked)} />
          Single-key shortcuts{singleKeys ? '' : ': off; those with Ctrl or ⌘ still work'}
        </label>
      </div>
    </Dialog>
  );
};

const Group = ({ title, shortcuts }: { title: string; shortcuts: readonly Shortcut[] }) =>
  shortcuts.length === 0 ? null : (
    <section>
      <h3 className="mb-1 font-semibold text-quiet">{title}</h3>
      <ul>
        {shortcuts.map(({ keys, says }, index) => (
          <li key={`${keys} ${index}`}>
            <Keys keys={spellKeys(keys, isMac)} says={says} />
          </li>
        ))}
      </ul>
    </section>
  );

const Keys = ({ keys, says }: { keys: readonly string[]; says: string }) => (
  <div className="flex items-baseline justify-between gap-4 py-1">
    <span>{says}</span>
    <span className="whitespace-nowrap">
      {keys.map((key, index) => (
        <span key={index}>
          {index > 0 ? <span className="text-faint"> then </span> : null}
          <kbd className="rounded border border-line bg-raised px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
        </span>
      ))}
    </span>
  </div>
);

const isMac = navigator.platform.startsWith('Mac');
