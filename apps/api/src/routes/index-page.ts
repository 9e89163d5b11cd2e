import type { RequestHandler } from 'express';

/** Lists what is available, for a browser opened at the address. */
export const indexPage =
  (version: string, basePath: string): RequestHandler =>
  (request, response) => {
    const url = `${request.protocol}://${String(request.headers.host ?? '').replace(/[^\w.:[\]-]/g, '')}${basePath}`;
    response.type('html').send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Millrace</title>
<link rel="icon" href="data:,">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1b2a33; background: #fcfcfa }
pre { background: #eef1ee; padding: 1rem; overflow-x: auto; border-radius: 6px; font-size: 14px }
a { color: #0b6b63 }
</style>
<h1>Millrace ${version}</h1>
<p>Pipelines on one Redis. This is the API. The dashboard has not been built: run <code>npm run build</code>, and it will be served here.</p>
<ul>
<li><a href="${basePath}/openapi.json">/openapi.json</a>: every path, with its fields</li>
<li><a href="${basePath}/admin/queues">/admin/queues</a>: Bull Board, read-only (any user name; the password is the admin token)</li>
<li><a href="${basePath}/readyz">/readyz</a>, <a href="${basePath}/metrics">/metrics</a></li>
</ul>
<p>Start a run, and watch it:</p>
<pre>export TOKEN=…   # MILLRACE_ADMIN_TOKEN, or the file .millrace/admin-token

curl -H "Authorization: Bearer $TOKEN" ${url}/api/v1/pipelines

curl -X POST -H "Authorization: Bearer $TOKEN" \\
  ${url}/api/v1/pipelines/&lt;pipeline&gt;/runs

curl -N -H "Authorization: Bearer $TOKEN" \\
  ${url}/api/v1/runs/&lt;run_id&gt;/events/stream</pre>
</html>
`);
  };
