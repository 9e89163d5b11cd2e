import { type Session, UnreachableError } from '@millrace/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { api } from '../api.ts';
import { noteServerTime } from '../live/clock.ts';
import { queryClient } from '../live/query-client.ts';
import { Notice } from '../ui/notice.tsx';
import { SignIn } from './sign-in.tsx';
import { signOut } from './sign-out.ts';
import { tokenFromLink } from './token-from-link.ts';

type Role = 'viewer' | 'operator' | 'admin';
export interface Principal {
  readonly name: string;
  readonly role: Role;
}
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
const PrincipalContext = createContext<Principal | null>(null);
interface Leaving {
  readonly leave: () => void;
  /** Why the last try did not end the session. */
  readonly error: Error | null;
}
const LeavingContext = createContext<Leaving | null>(null);

/** How often the session is looked at, ms; and how often while the API does not answer. */
const LOOK_MS = 5 * 60_000;
const ASK_MS = 2_000;

/** What an earlier session read is not for this one. */
const begin = (session: Session): void => {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  queryClient.setQueryData(['session'], session);
};

/** Who is signed in. Only below the gate. */
export const usePrincipal = (): Principal => useContext(PrincipalContext)!;

/** Signing out. Only below the gate. */
export const useLeaving = (): Leaving => useContext(LeavingContext)!;

/** Null when the session may act as `role`; else the sentence that tells why not. */
export const useRefusal = (role: Role): string | null => {
  const principal = usePrincipal();
  return ROLES.indexOf(principal.role) >= ROLES.indexOf(role) ? null : `Requires the role ${role}; yours is ${principal.role}.`;
};

/** Shows its children to who is signed in, and the sign-in form to everyone else, at whatever address. */
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
    // In a tab that is open already, another link changes nothing but the fragment.
    const follow = (): void => setLink((before) => tokenFromLink() ?? before);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const byLink = useMutation({
    mutationFn: (token: string) => api.signIn(token),
    // The link is gone from the address bar: without an answer, nobody could press it again.
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
  // The screens are gone by then: what they were reading is not refused halfway.
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
