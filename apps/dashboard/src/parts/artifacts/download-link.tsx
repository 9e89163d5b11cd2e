import type { ReactNode } from 'react';
import { BASE_PATH } from '../../served-below.ts';

/** A link styled as a button. */
export const DownloadLink = ({ href, label, children }: { href: string; label?: string; children: ReactNode }) => (
  <a
    href={href}
    download
    aria-label={label}
    className="inline-flex min-h-8 items-center rounded-md border border-line bg-panel px-3 py-1 font-medium whitespace-nowrap hover:bg-raised"
  >
    {children}
  </a>
);

/** URL of an artifact's content. `inline`: for display, under a policy that keeps it harmless. */
export const contentHref = (runId: string, artifactId: string, inline = false): string =>
  `${BASE_PATH}/api/v1/runs/${encodeURIComponent(runId)}/artifacts/${encodeURIComponent(artifactId)}/content${inline ? '?inline=true' : ''}`;
