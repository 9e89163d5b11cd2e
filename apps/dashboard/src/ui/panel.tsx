import { type ReactNode, useId } from 'react';
import { takePageFocus } from '../shell/page-focus.ts';

/** A titled region of a page. */
export const Panel = ({
  title,
  actions,
  children,
  className = '',
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) => {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`rounded-lg border border-line bg-panel ${className}`}>
      <div className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-1.5">
        <h2 id={id} className="min-w-0 font-semibold wrap-anywhere">
          {title}
        </h2>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </div>
      {children}
    </section>
  );
};

/** Page heading: the title (also the document's), what belongs next to it, and the actions. */
export const PageHead = ({ title, beside, actions }: { title: string; beside?: ReactNode; actions?: ReactNode }) => (
  <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
    <title>{`${title} · Millrace`}</title>
    <h1 ref={takePageFocus} tabIndex={-1} className="min-w-0 text-xl font-semibold wrap-anywhere outline-none">
      {title}
    </h1>
    {beside}
    {actions ? <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div> : null}
  </div>
);
