export type { ApiDeps } from './api-deps.ts';
export { type ComposedApi, composeApi } from './compose.ts';
export { type Api, createApi } from './create-api.ts';
