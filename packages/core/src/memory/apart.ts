/**
 * Two workers of the stage were lost while it ran beside others, so the culprit is unknown: it runs alone from now on.
 */
import type { StageRecord } from './deployment.ts';

export const runsApart = ({ suspicions }: StageRecord): boolean => suspicions >= 2;
