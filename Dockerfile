# One image for all processes: the command says which. API by default.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
COPY samples samples
COPY bench bench
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The store's folder exists with its owner, so that a fresh volume mounted there takes them over.
RUN mkdir -p /var/lib/tributary && chown node:node /var/lib/tributary
ENV OBJECT_STORE_URL=file:///var/lib/tributary
VOLUME /var/lib/tributary
USER node
EXPOSE 3000
# No shell and no npm in between: the process itself receives SIGTERM. Worker: node dist/apps/worker/src/main.js; CLI: node dist/apps/cli/src/main.js
CMD ["node", "dist/apps/api/src/main.js"]
