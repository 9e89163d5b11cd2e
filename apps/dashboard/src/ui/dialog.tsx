import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';

/** A modal `<dialog>`, which traps the focus and restores it. Escape and a click outside close it. */
export const Dialog = ({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}) => {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Close before it leaves the page: an element that is merely removed does not restore the focus.
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      // Synchronously: the close event comes later, when the button behind may have been pressed again.
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
