/* Who takes part in a row: each version of Millrace, and bare BullMQ where it can do the same work. */
import { openByHand, openFlows } from './bare-bullmq.mjs';
import { openMillrace } from './millrace.mjs';

/** {name, open(server, options)} of each version. */
export const ofVersions = (versions) =>
  versions.map((version) => ({ name: version.name, open: (...args) => openMillrace(version, ...args) }));

const FLOWS = { name: 'flows', open: openFlows };
const BY_HAND = { name: 'byHand', open: openByHand };

export const withFlows = (versions) => [...ofVersions(versions), FLOWS];
export const withBare = (versions) => [...withFlows(versions), BY_HAND];
