/** A deployment of one test, which may take its parts away. */
import { onTestFinished } from 'vitest';
import { type Deployment, type DeploymentOptions, startDeployment } from './deployment.ts';

/**
 * Stopped when the test ends, after the pages that were opened on it: an `afterEach` would stop it under them. Only
 * within a test.
 */
export const ownDeployment = async (options: DeploymentOptions = {}): Promise<Deployment> => {
  const deployment = await startDeployment(options);
  onTestFinished(() => deployment.stop());
  return deployment;
};
