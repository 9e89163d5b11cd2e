import { useMemo } from 'react';
import { JsonTree } from '../details/json-tree.tsx';

/** A tree if the content is complete, valid JSON; otherwise text. */
export const JsonPreview = ({ name, text, cut }: { name: string; text: string; cut: boolean }) => {
  const parsed = useMemo(() => (cut ? null : parse(text)), [text, cut]);
  return (
    <div role="region" aria-label={`JSON of ${name}`} tabIndex={0} className="max-h-[70dvh] overflow-auto p-4">
      {parsed === null ? (
        <>
          {cut ? null : <p className="mb-2 text-warn">This is not valid JSON.</p>}
          <pre dir="ltr" className="font-mono text-[12px] wrap-anywhere whitespace-pre-wrap">
            {text}
          </pre>
        </>
      ) : (
        <JsonTree value={parsed.value} label={`Content of ${name}`} open={2} />
      )}
    </div>
  );
};

const parse = (text: string): { readonly value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
};
