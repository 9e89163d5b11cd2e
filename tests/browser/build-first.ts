/** Global setup of the browser tests: the processes and the pages that they drive are the built ones. */
import { spawnSync } from 'node:child_process';

export default (): void => {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error('the build failed: see above');
};
