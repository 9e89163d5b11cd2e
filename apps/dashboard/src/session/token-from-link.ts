/**
 * The token of a link such as `/#token=…`, as `millrace up` prints it; null without one. It leaves the address bar and the history at once.
 * A fragment is never sent to a server, so no log has it.
 */
export const tokenFromLink = (): string | null => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
};
