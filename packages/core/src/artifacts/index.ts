export * from './fs-artifact-store.ts';
export { abandonedOwners, keepArtifacts, oldOwners } from './left-artifacts.ts';
