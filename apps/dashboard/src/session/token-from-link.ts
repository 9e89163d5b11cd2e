/**
 * The token of a link such as `/#token=…`, as `millrace up` prints it, or null. Removes it from the address bar and the
 * history at once. Fragments are never sent to a server, so no log has it.
 */
export const tokenFromLink = (): string | null => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
};
