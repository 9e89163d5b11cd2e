import type { ComponentProps, KeyboardEvent } from 'react';

/** Style of inputs on every screen. */
export const FIELD_LOOK = 'min-h-8 rounded-md border border-line bg-canvas px-2 py-1 text-ink';

/**
 * A single-line field that grows with its text: pasted line ends are kept. Enter submits the form, Shift-Enter starts a
 * new line.
 */
export const TextBox = ({ className = '', ...props }: Omit<ComponentProps<'textarea'>, 'rows' | 'onKeyDown'>) => (
  <textarea
    rows={1}
    {...props}
    onKeyDown={sendOnEnter}
    className={`${className} resize-none overflow-hidden [field-sizing:content]`}
  />
);

const sendOnEnter = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
};
