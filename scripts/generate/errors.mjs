/* docs/errors.md: the closed catalogue of errors. */
import { ERRORS, LIMITS } from '../../packages/core/dist/domain/index.js';

export const files = async () => [{ path: 'docs/errors.md', content: page() }];

const page = () => `# Errors

Every refusal is an RFC 9457 problem (\`application/problem+json\`) whose \`code\` is one of these. "Retryable" means that the same
request may succeed later, unchanged. Generated from \`packages/core/src/domain/errors.ts\`.

| code | HTTP status | title | retryable |
|---|---|---|---|
${Object.entries(ERRORS)
  .map(([code, { status, title, retryable }]) => `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} |`)
  .join('\n')}

## While Redis says nothing

A Redis that hangs is given up after 1.5 s: everything that waits for it is refused together with \`store_unavailable\` and \`Retry-After\`, and what comes after that at
once, until it answers again. Pages, documents, sign-in and \`/healthz\` need no Redis. A change that was sent and not answered says \`"effect": "unknown"\`: Redis may
do it yet. Redis may also fall silent after a change, before its answer was read: the 503 has no \`effect\` then. In both cases a start sent again with the same
Idempotency-Key is made once.

## Limits

What is beyond one is refused, and the refusal names the limit: \`too_large\` (413) for what is too long, \`invalid_request\` (422) for a body that is nested deeper than
\`json_depth\`, \`invalid_definition\` for a definition, and the stage fails \`invalid_output\` or \`output_too_large\` for its output. Bytes are of UTF-8, times are ms.
A request that is too slow is a \`request_timeout\` (408), headers beyond \`header_bytes\` are \`headers_too_large\` (431); a client that does not read, or does not wait for
answers, is cut off; so are more connections than \`MILLRACE_MAX_CONNECTIONS\`. Generated from
\`packages/core/src/domain/limits.ts\`.

| limit | value |
|---|---|
${Object.entries(LIMITS)
  .map(([name, value]) => `| \`${name}\` | ${value} |`)
  .join('\n')}
`;
