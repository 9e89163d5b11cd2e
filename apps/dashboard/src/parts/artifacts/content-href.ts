/** URL of an artifact's content. `inline`: for display, under a policy that keeps it harmless. */
export const contentHref = (runId: string, artifactId: string, inline = false): string =>
  `/api/v1/runs/${encodeURIComponent(runId)}/artifacts/${encodeURIComponent(artifactId)}/content${inline ? '?inline=true' : ''}`;
