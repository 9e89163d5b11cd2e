# One image for every process; the command says which: `api`, `worker`, `scheduler`, or `up` for all in one.
FROM node:24-bookworm-slim AS build
WORKDIR /app
# Manifests first: the layer of dependencies is rebuilt only when they change.
COPY package.json package-lock.json ./
COPY packages/core/package.json packages/core/
COPY packages/client/package.json packages/client/
COPY apps/api/package.json apps/api/
COPY apps/cli/package.json apps/cli/
COPY apps/dashboard/package.json apps/dashboard/
COPY apps/scheduler/package.json apps/scheduler/
COPY apps/worker/package.json apps/worker/
COPY examples/explainer-video/package.json examples/explainer-video/
COPY examples/market-data/package.json examples/market-data/
RUN npm ci --no-audit --no-fund
COPY . .
# The dashboard's libraries are in its bundle: they are pruned with the tools.
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production MILLRACE_DATA_DIR=/data MILLRACE_PIPELINES=/app/examples
WORKDIR /app
# An init: it reaps the orphans of commands and passes signals on. It ends nothing itself.
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
RUN install -d -m 0700 -o node -g node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY --from=build /app/apps apps
COPY --from=build /app/examples examples
COPY --from=build /app/docker docker
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/docker/entrypoint.sh"]
CMD ["up"]
