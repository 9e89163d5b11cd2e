import { api } from '../api.ts';
import { queryClient } from '../live/query-client.ts';

/** Ends the session here and on the server; the page starts anew, with nothing that was read before. */
export const signOut = async (): Promise<void> => {
  await api.signOut();
  queryClient.clear();
  location.reload();
};
