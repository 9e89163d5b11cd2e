/* docs/configuration.md: every environment variable, from the schema that reads them. */
import { VARIABLES } from '../../packages/core/dist/config/index.js';

export const files = async () => [{ path: 'docs/configuration.md', content: page() }];

const page = () => `# Configuration

Each process reads its configuration once, from the environment, and reports all problems together, by name; an unknown
\`MILLRACE_*\` name is a problem. An empty value counts as absent. Times are in milliseconds unless the value has a unit.
\`millrace doctor config\` prints each value and its source. Generated from \`packages/core/src/config/variables.ts\`.

| variable | default | what it is |
|---|---|---|
${Object.entries(VARIABLES)
  .map(([name, { fallback, says }]) => `| \`${name}\` | ${fallback ? `\`${fallback}\`` : ''} | ${says} |`)
  .join('\n')}

Relations: the lease is at least three heartbeats; the sweep is no longer than the lease; an address that others can
reach needs a token of 16 random characters or more.
`;
