/** What is not JSON cannot be sent: the reader is led to it. False: there is nothing of the kind. */
export const focusUnreadable = (form: HTMLFormElement | null): boolean => {
  const unreadable = form?.querySelector<HTMLElement>('[data-not-json]');
  unreadable?.focus();
  return unreadable !== undefined && unreadable !== null;
};
