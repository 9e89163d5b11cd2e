/* Global setup of the browser tests: the processes and the pages that they drive are the built ones. */
import { build, buildDashboard } from '../../scripts/prepare-machine.mjs';

export default () => {
  build();
  buildDashboard();
};
