import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';

/** A modal: the browser's own, which keeps the focus inside and gives it back. Escape and a press outside close it. */
export const Dialog = ({ title, onClose, children, wide = false }: { title: string; onClose: () => void; children: ReactNode; wide?: boolean }) => {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // While it is still in the page: one that is only taken out of it keeps the focus from where it came.
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      // At once: its closing is told later, and by then the button behind it may have been pressed anew.
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={(event) => event.currentTarget.open || onClose()}
      closedby="any"
      className={`w-full rounded-xl border border-line bg-panel p-0 ${wide ? 'max-w-3xl' : 'max-w-lg'}`}
    >
      <div className="p-5">
        <h2 id={id} className="mb-3 text-lg font-semibold">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
};
