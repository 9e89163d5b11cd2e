import { type Config, type Environment, readConfig } from '@millrace/core/config';
import { MillraceError } from '@millrace/core/domain';
import { ownEnvironment } from '@millrace/core/secrets';
import { CliError, EXIT } from './exit-codes.ts';

/** The configuration of this machine's processes. @throws CliError usage, with every problem */
export const configOf = (environment: Environment = ownEnvironment()): Config => {
  try {
    return readConfig(environment);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    throw new CliError(EXIT.usage, 'the configuration is invalid', {
      details: error.errors.map(({ path, message }) => `${path} ${message}`),
      cause: error,
    });
  }
};
