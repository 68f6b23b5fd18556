import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import websocket, { type WebsocketPluginOptions } from "@fastify/websocket";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { Type } from "typebox";
import type { WebSocket } from "ws";
import { findLiveSessions } from "#adapters/postgres/accounts.ts";
import { SESSION_REVOKED_CHANNEL, type SessionRevoked } from "#contracts/events.ts";
import { Uuid } from "#contracts/primitives.ts";
import { CLOSE_CODES } from "#contracts/stream.ts";
import type { RouteContext } from "../app.ts";
import type { ApiDependencies, ApiSettings } from "../dependencies.ts";
import { Refusal } from "../errors.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import { PortfolioHub } from "./portfolio-hub.ts";

/** Units: milliseconds and bytes. */
const FLUSH_EVERY_MS = 250;
const FLUSH_SLICE_MS = 2;
const BEAT_EVERY_MS = 20_000;
/** Lost revocations are made good this often: what is revoked is to be over within five seconds. */
const RECHECK_EVERY_MS = 4_000;
const CLOSE_WITHIN_MS = 2_000;
const HANDSHAKE_WITHIN_MS = 10_000;
const MESSAGE_BYTES_MAX = 4_096;

/** The live stream: `/ws`, and `/ws/portfolio/:portfolioId`, which subscribes by itself. See docs/websocket.md. */
export const stream = fastifyPlugin(
  async (app: FastifyInstance, { dependencies, settings }: RouteContext) => {
    const connections = new Set<Connection>();
    const hub = new PortfolioHub(dependencies, app.log);
    await hub.start();
    const context: ConnectionContext = {
      hub,
      verify: (token) => app.verifyAccessToken(token),
      now: dependencies.now,
      log: app.log,
      metrics: app.metrics,
    };
    await app.register(websocket, websocketOptions(app, connections));
    // A handshake that is refused leaves the socket to nobody: no time limit of HTTP applies to it any more.
    app.server.on("upgrade", (_request: unknown, socket: Socket) => {
      socket.setTimeout(HANDSHAKE_WITHIN_MS, () => socket.destroy());
    });
    addRoutes(app, settings, (socket, subscribeAtOnce) => {
      const connection = new Connection(socket, context, subscribeAtOnce);
      connections.add(connection);
      app.metrics.openSockets.set(connections.size);
      socket.on("close", () => {
        connections.delete(connection);
        app.metrics.openSockets.set(connections.size);
      });
    });
    const timers = startTimers(app, { dependencies, hub, connections });
    const unsubscribe = await dependencies.fanOut.subscribe(SESSION_REVOKED_CHANNEL, (message) => {
      const { sessionId } = message as SessionRevoked;
      for (const connection of connections) {
        if (connection.caller?.sessionId === sessionId) {
          connection.close(CLOSE_CODES.unauthenticated, "signed out");
        }
      }
    });
    app.addHook("onClose", async () => {
      timers.forEach(clearInterval);
      await unsubscribe();
      await hub.stop();
    });
  },
);

function websocketOptions(
  app: FastifyInstance,
  connections: ReadonlySet<Connection>,
): WebsocketPluginOptions {
  return {
    options: {
      maxPayload: MESSAGE_BYTES_MAX,
      // Compression would cost 250 kB a socket and three times the CPU.
      perMessageDeflate: false,
      // We have none to choose from; by default the first that is offered would be sent back, be it a token.
      handleProtocols: () => false,
    },
    errorHandler: (error, socket) => {
      app.log.error({ err: error }, "a WebSocket failed");
      socket.terminate();
    },
    preClose: (done) => {
      for (const connection of connections) connection.close(CLOSE_CODES.goingAway, "restarting");
      setTimeout(() => {
        for (const connection of connections) connection.terminate();
      }, CLOSE_WITHIN_MS).unref();
      app.websocketServer.close();
      done();
    },
  };
}

function addRoutes(
  app: FastifyInstance,
  settings: ApiSettings,
  accept: (socket: WebSocket, subscribeAtOnce?: string) => void,
): void {
  const options = {
    method: "GET",
    // Browsers let any page open a WebSocket to any host; the Origin header is what tells ours from others.
    onRequest: async (request: FastifyRequest) => refuseForeignOrigin(request, settings.allowedOrigins),
    handler: () => {
      throw new Refusal("upgrade-required");
    },
  } as const;
  app.route({ ...options, url: "/ws", schema: { hide: true }, wsHandler: (socket) => accept(socket) });
  app.route({
    ...options,
    url: "/ws/portfolio/:portfolioId",
    schema: { hide: true, params: Type.Object({ portfolioId: Uuid }) },
    wsHandler: (socket, request) =>
      accept(socket, (request.params as { portfolioId: string }).portfolioId.toLowerCase()),
  });
}

function startTimers(
  app: FastifyInstance,
  {
    dependencies,
    hub,
    connections,
  }: { dependencies: ApiDependencies; hub: PortfolioHub; connections: ReadonlySet<Connection> },
): NodeJS.Timeout[] {
  const recheck = () =>
    closeRevoked(dependencies, connections).catch((error: unknown) =>
      app.log.warn({ err: error }, "sessions of open sockets were not checked"),
    );
  return [
    setInterval(flushing(hub, connections), FLUSH_EVERY_MS),
    setInterval(() => forEach(connections, (connection) => connection.beat()), BEAT_EVERY_MS),
    setInterval(() => void recheck(), RECHECK_EVERY_MS),
  ];
}

/** Reads what has news, then sends it. While the database is slow, prices go on without it. */
function flushing(hub: PortfolioHub, connections: ReadonlySet<Connection>): () => void {
  let isRefreshing = false;
  let isFlushing = false;
  const flush = async () => {
    if (isFlushing) return;
    isFlushing = true;
    await flushAll(connections).finally(() => (isFlushing = false));
  };
  return () => {
    if (isRefreshing) {
      void flush();
      return;
    }
    isRefreshing = true;
    void hub.refresh().then(() => {
      isRefreshing = false;
      return flush();
    });
  };
}

/** Some hundred sockets take long enough for a request to notice: in between, others get their turn. */
async function flushAll(connections: ReadonlySet<Connection>): Promise<void> {
  let since = performance.now();
  for (const connection of connections) {
    connection.flush();
    if (performance.now() - since < FLUSH_SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
}

function forEach(connections: ReadonlySet<Connection>, act: (connection: Connection) => void): void {
  for (const connection of connections) act(connection);
}

async function closeRevoked({ db }: ApiDependencies, connections: ReadonlySet<Connection>): Promise<void> {
  const signedIn = [...connections].filter((connection) => connection.caller !== undefined);
  if (signedIn.length === 0) return;
  const live = await findLiveSessions(db, [
    ...new Set(signedIn.map((connection) => connection.caller!.sessionId)),
  ]);
  for (const connection of signedIn) {
    if (!live.has(connection.caller!.sessionId)) connection.close(CLOSE_CODES.unauthenticated, "signed out");
  }
}

function refuseForeignOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const { origin } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return;
  if (URL.canParse(origin)) {
    const { protocol, host } = new URL(origin);
    // Word for word, as browsers write it: what is more than scheme, host and port is not ours.
    if (/^https?:$/.test(protocol) && host === request.host && origin === `${protocol}//${host}`) return;
  }
  throw new Refusal("forbidden", "This page may not open a WebSocket here");
}
