import { LIMITS } from '../domain/index.ts';
import type { PutToken, TokenUse, TokenView } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';

export const putToken = (
  { tokens, listeners }: Deployment,
  { name, token }: PutToken,
): 'put' | 'taken' | 'full' | 'unknown' => {
  const before = tokens.get(name);
  if (token === null && !before) return 'unknown';
  if (token !== null) {
    if (before) return before.id === token.id ? 'put' : 'taken';
    if (tokens.size >= LIMITS.tokens) return 'full';
    tokens.set(name, { ...token, lastUsedAt: null });
  } else tokens.delete(name);
  for (const listener of listeners) listener.onTokens?.();
  return 'put';
};

export const noteTokenUse = ({ tokens }: Deployment, uses: readonly TokenUse[]): void => {
  for (const { name, at } of uses) {
    const known = tokens.get(name);
    if (known && (known.lastUsedAt ?? 0) < at) tokens.set(name, { ...known, lastUsedAt: at });
  }
};

export const tokenViews = ({ tokens }: Deployment): readonly TokenView[] =>
  [...tokens.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
