/* docs/errors.md: the closed catalogue of errors. */
import { ERRORS, LIMITS } from '../../packages/core/dist/domain/index.js';

export const files = async () => [{ path: 'docs/errors.md', content: page() }];

const page = () => `# Errors

Every refusal is an RFC 9457 problem (\`application/problem+json\`) with one of these codes as its \`code\`. "Retryable"
means that the same request may succeed later, unchanged. Generated from \`packages/core/src/domain/errors.ts\`.

| code | HTTP status | title | retryable |
|---|---|---|---|
${Object.entries(ERRORS)
  .map(([code, { status, title, retryable }]) => `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} |`)
  .join('\n')}

## When Redis does not answer

The API gives up on a hung Redis after 1.5 s. It refuses all waiting requests together with \`store_unavailable\` and
\`Retry-After\`, and later ones at once, until Redis answers again. Pages, documents, sign-in and \`/healthz\` need no
Redis. A change that was sent but not answered reports \`"effect": "unknown"\`: Redis may still apply it. If Redis hangs
after applying a change, before its answer was read, the 503 has no \`effect\`. In both cases a start repeated with the
same Idempotency-Key happens once.

## Limits

Input beyond a limit is refused with an error that names the limit: \`too_large\` (413) for length, \`invalid_request\`
(422) for a body nested deeper than \`json_depth\`, \`invalid_definition\` for a definition. A stage whose output exceeds
one fails with \`invalid_output\` or \`output_too_large\`. Sizes are bytes of UTF-8, times ms. A request that takes too
long gets \`request_timeout\` (408), headers beyond \`header_bytes\` get \`headers_too_large\` (431). A client that does
not read, or pipelines without waiting for answers, is disconnected, as are connections beyond
\`MILLRACE_MAX_CONNECTIONS\`. Generated from \`packages/core/src/domain/limits.ts\`.

| limit | value |
|---|---|
${Object.entries(LIMITS)
  .map(([name, value]) => `| \`${name}\` | ${value} |`)
  .join('\n')}
`;
