/** Where an artifact's bytes are. `inline`: as a page or an image that may be shown, under a policy that keeps it harmless. */
export const contentHref = (runId: string, artifactId: string, inline = false): string =>
  `/api/v1/runs/${encodeURIComponent(runId)}/artifacts/${encodeURIComponent(artifactId)}/content${inline ? '?inline=true' : ''}`;
