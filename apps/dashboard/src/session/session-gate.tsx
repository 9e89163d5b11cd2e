import { type Session, UnreachableError } from '@millrace/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { api } from '../api.ts';
import { queryClient } from '../live/query-client.ts';
import { noteServerTime } from '../live/server-clock.ts';
import { Notice } from '../ui/notice.tsx';
import { SignIn } from './sign-in.tsx';

type Role = 'viewer' | 'operator' | 'admin';
interface Principal {
  readonly name: string;
  readonly role: Role;
}
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
const PrincipalContext = createContext<Principal | null>(null);
interface Leaving {
  readonly leave: () => void;
  /** Why the last attempt to sign out failed. */
  readonly error: Error | null;
}
const LeavingContext = createContext<Leaving | null>(null);

/** Interval of session checks, ms; and while the API is not responding. */
const LOOK_MS = 5 * 60_000;
const ASK_MS = 2_000;

/** Data read by an earlier session must not be shown in this one. */
const begin = (session: Session): void => {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  queryClient.setQueryData(['session'], session);
};

/** The signed-in principal. Only below the gate. */
export const usePrincipal = (): Principal => useContext(PrincipalContext)!;

/** Sign-out. Only below the gate. */
export const useLeaving = (): Leaving => useContext(LeavingContext)!;

/** Null if the session may act as `role`; otherwise a sentence that says why not. */
export const useRefusal = (role: Role): string | null => {
  const principal = usePrincipal();
  return ROLES.indexOf(principal.role) >= ROLES.indexOf(role)
    ? null
    : `Requires the role ${role}; yours is ${principal.role}.`;
};

/** Shows its children when signed in, and the sign-in form otherwise, at any address. */
export const SessionGate = ({ children }: { children: ReactNode }) => {
  const [link, setLink] = useState(tokenFromLink);
  const session = useQuery({
    queryKey: ['session'],
    queryFn: async () => {
      const answer = await api.session();
      noteServerTime(answer.server_time);
      return answer;
    },
    enabled: link === null,
    refetchInterval: ({ state }) => (state.status === 'error' ? ASK_MS : LOOK_MS),
  });
  useEffect(() => {
    // In an open tab, following another link only changes the fragment.
    const follow = (): void => setLink((before) => tokenFromLink() ?? before);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const byLink = useMutation({
    mutationFn: (token: string) => api.signIn(token),
    // The token is no longer in the address bar: without a retry, the link could not be used again.
    retry: (_failures, error) => error instanceof UnreachableError,
    retryDelay: ASK_MS,
    onSuccess: begin,
    onSettled: () => setLink(null),
  });
  const { mutate: signIn } = byLink;
  useEffect(() => {
    if (link !== null) signIn(link);
  }, [link, signIn]);

  const [leaving, setLeaving] = useState(false);
  const { mutate: end, error: notEnded } = useMutation({ mutationFn: signOut, onError: () => setLeaving(false) });
  // The screens are unmounted by now, so none of their requests fails halfway.
  useEffect(() => {
    if (leaving) end();
  }, [leaving, end]);

  const answer = session.data;
  if (leaving) return <p className="p-6 text-quiet">Signing out…</p>;
  if (answer?.signed_in)
    return (
      <PrincipalContext value={{ name: answer.name, role: answer.role }}>
        <LeavingContext value={{ leave: () => setLeaving(true), error: notEnded }}>{children}</LeavingContext>
      </PrincipalContext>
    );
  const away = link === null ? (answer ? null : session.error) : byLink.failureReason;
  if (away)
    return (
      <main className="mx-auto max-w-lg p-6">
        <Notice tone="bad" title="The API is not responding" error={away}>
          Retrying automatically.
        </Notice>
      </main>
    );
  if (answer && link === null) return <SignIn refused={byLink.error} onSignedIn={begin} />;
  return <p className="p-6 text-quiet">Signing in…</p>;
};

/**
 * The token of a link such as `/#token=…`, as `millrace up` prints it, or null. Removes it from the address bar and the
 * history at once. Fragments are never sent to a server, so no log has it.
 */
const tokenFromLink = (): string | null => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
};

/** Ends the session here and on the server, and reloads the page without cached data. */
export const signOut = async (): Promise<void> => {
  await api.signOut();
  queryClient.clear();
  location.reload();
};
