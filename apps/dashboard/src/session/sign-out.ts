import { api } from '../api.ts';
import { queryClient } from '../live/query-client.ts';

/** Ends the session here and on the server, and reloads the page without cached data. */
export const signOut = async (): Promise<void> => {
  await api.signOut();
  queryClient.clear();
  location.reload();
};
