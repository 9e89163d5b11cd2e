/** Whether the text is in the clipboard now. Outside of a secure context browsers have only the old way. */
export const copyText = async (text: string): Promise<boolean> => {
  if (isSecureContext)
    return await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const area = document.createElement('textarea');
  area.value = text;
  // Inside the page's own dialog, if one is open: outside of it nothing can be selected.
  (document.activeElement?.parentElement ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
};
