/** Which pipelines the definition files define now, as reported by the processes that load them. */
import type { DefinitionsView, RegisterDefinitions } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';

/** How long a data loss of the store is reported, ms. */
const LOSS_TOLD_MS = 60 * 60 * 1_000;

export const registerDefinitions = (deployment: Deployment, command: RegisterDefinitions): { known: boolean } => {
  const { source, ttlMs, loaded, afterLoss = false } = command;
  const now = deployment.clock.now();
  const before = deployment.definitions.get(source);
  if (!before && !loaded) return { known: false };
  const { pipelines, broken } = loaded ? command : before!;
  const isNews =
    !before ||
    before.until <= now ||
    JSON.stringify([before.pipelines, before.broken]) !== JSON.stringify([pipelines, broken]);
  deployment.definitions.set(source, { pipelines, broken, until: now + ttlMs });
  // Reports of ended processes are older than this.
  const ended = [...deployment.definitions].filter(([, { until }]) => until <= now);
  for (const [other] of ended) deployment.definitions.delete(other);
  if (isNews || ended.length > 0) deployment.scheduleRevision += 1;
  if (afterLoss) deployment.lostAt = now;
  return { known: true };
};

export const releaseDefinitions = (deployment: Deployment, source: string): void => {
  const told = deployment.definitions.get(source);
  if (told) deployment.definitions.set(source, { ...told, until: 0 });
};

export const definitionViews = (deployment: Deployment): readonly DefinitionsView[] =>
  [...deployment.definitions]
    .map(([source, { pipelines, broken, until }]) => ({
      source,
      pipelines,
      broken,
      live: until > deployment.clock.now(),
    }))
    .sort((a, b) => (a.source < b.source ? -1 : 1));

export const lostAt = ({ lostAt: at, clock }: Deployment): number | null =>
  at !== null && clock.now() - at < LOSS_TOLD_MS ? at : null;
