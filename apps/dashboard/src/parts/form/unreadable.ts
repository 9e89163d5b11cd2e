/** Focuses the first field with invalid JSON, which cannot be sent. False: there is none. */
export const focusUnreadable = (form: HTMLFormElement | null): boolean => {
  const unreadable = form?.querySelector<HTMLElement>('[data-not-json]');
  unreadable?.focus();
  return unreadable !== undefined && unreadable !== null;
};
