/** Two workers of the stage were lost while it ran beside others, so nobody knows whose fault it was: it runs alone until it ends. */
import type { StageRecord } from './deployment.ts';

export const runsApart = ({ suspicions }: StageRecord): boolean => suspicions >= 2;
