#!/bin/sh
# The init keeps the environment that it was started with, and stages' commands could read it in /proc: what is secret goes to the
# process through a pipe.
secrets=$(env | grep -E '^(REDIS_URL|MILLRACE_LOCK_URLS|MILLRACE_ADMIN_TOKEN|MILLRACE_TOKEN)=.')
exec 3<<END
$secrets
END
unset REDIS_URL MILLRACE_LOCK_URLS MILLRACE_ADMIN_TOKEN MILLRACE_TOKEN
export MILLRACE_SECRETS_FD=3
exec tini -- node "$(dirname "$0")/../apps/cli/dist/main.js" "$@"
