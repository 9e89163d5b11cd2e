import { ApiError, type Session } from '@millrace/client';
import { type FormEvent, useState } from 'react';
import { BASE_PATH } from '../served-below.ts';
import { api } from '../api.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** Exchanges a token for a session. The page never stores the token. */
export const SignIn = ({ refused, onSignedIn }: { refused: unknown; onSignedIn: (session: Session) => void }) => {
  const [ownError, setOwnError] = useState<unknown>(null);
  const error = ownError ?? refused;
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const token = (new FormData(event.currentTarget).get('token') as string).trim();
    setBusy(true);
    api
      .signIn(token)
      .then(onSignedIn, setOwnError)
      .finally(() => setBusy(false));
  };
  return (
    <main className="mx-auto mt-[12vh] max-w-md px-4">
      <form onSubmit={submit} className="rounded-xl border border-line bg-panel p-6">
        <div className="flex items-center gap-3">
          <img src={`${BASE_PATH}/mark.svg`} alt="" className="size-9" />
          <h1 className="text-xl font-semibold">Sign in to Millrace</h1>
        </div>
        <label className="mt-5 block font-medium" htmlFor="token">
          Token
        </label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autoFocus
          autoComplete="current-password"
          className="mt-1 w-full rounded-md border border-line bg-canvas px-3 py-2 font-mono"
        />
        <p className="mt-2 text-quiet">
          <code>millrace up</code> prints a link that signs you in. Otherwise, find the token in{' '}
          <code>MILLRACE_ADMIN_TOKEN</code> or in the file <code>.millrace/admin-token</code> where the API runs.
        </p>
        {error ? (
          <div className="mt-4">
            <Notice
              tone="bad"
              title={error instanceof ApiError && error.status === 401 ? 'Invalid token' : 'Could not sign in'}
              error={error}
            />
          </div>
        ) : null}
        <div className="mt-5">
          <Button type="submit" kind="primary" busy={busy}>
            Sign in
          </Button>
        </div>
      </form>
    </main>
  );
};
