import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { ApiDependencies } from "../dependencies.ts";

/** How long requests that are under way may take once the server closes. Units: milliseconds. */
const DRAIN_MS = 8_000;

/**
 * Lets a closing server wait for requests that are under way, and for nobody else: a peer that connected and never said
 * a word would hold it for 20 seconds, one whose upgrade was refused for ever, and one that keeps its connection for the
 * next request until that times out. What was accepted to be recorded is recorded, also for clients that have gone.
 */
export const draining = fastifyPlugin(async (app: FastifyInstance, { recorder }: ApiDependencies) => {
  const sockets = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  let isDraining = false;
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (isDraining) void reply.header("connection", "close");
    done(null, payload);
  });
  app.addHook("preClose", (done) => {
    isDraining = true;
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, DRAIN_MS);
    app.server.once("close", () => clearTimeout(timer));
    done();
  });
  app.addHook("onClose", () => recorder.close());
});
