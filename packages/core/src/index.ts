/** What a pipeline's author imports. */
export { NonRetryableError, RetryableError } from './domain/index.ts';
