/** Copies the text; whether it worked. Outside of secure contexts only the legacy way exists. */
export const copyText = async (text: string): Promise<boolean> => {
  if (isSecureContext)
    return await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const area = document.createElement('textarea');
  area.value = text;
  // Inside the open dialog, if any: nothing outside of it can be selected.
  (document.activeElement?.parentElement ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
};
