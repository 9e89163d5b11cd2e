import type { ComponentProps, KeyboardEvent } from 'react';

/** A field of one line that grows with its text: what was pasted keeps its line ends. Enter sends the form, Shift-Enter begins a line. */
export const TextBox = ({ className = '', ...props }: Omit<ComponentProps<'textarea'>, 'rows' | 'onKeyDown'>) => (
  <textarea rows={1} {...props} onKeyDown={sendOnEnter} className={`${className} resize-none overflow-hidden [field-sizing:content]`} />
);

const sendOnEnter = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
};
