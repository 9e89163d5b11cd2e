/* `npm run example:video`: `npm start` for the explainer video, after installing what the machine lacks (it asks). */
import { join, relative } from 'node:path';
import { installDependencies, installFilm, ROOT } from './prepare-machine.mjs';

installDependencies();
installFilm();
process.env.MILLRACE_PIPELINES ||= relative(process.cwd(), join(ROOT, 'examples/explainer-video')) || '.';
// One lane over all workers: drawing and speaking take the whole machine.
process.env.MILLRACE_QUEUE_CONCURRENCY ||= 'video=1';
process.env.MILLRACE_DEFAULT_PIPELINE ||= 'explainer-video';
process.argv = process.argv.filter((word) => word !== '--install');
await import('./start.mjs');
