import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";

/** How long requests that are under way may take once the server closes. Units: milliseconds. */
const DRAIN_MS = 8_000;

/**
 * Lets a closing server wait for requests that are under way, and for nobody else: a peer that connected and never said
 * a word would hold it for 20 seconds, and one whose upgrade was refused for ever.
 */
export const draining = fastifyPlugin(async (app: FastifyInstance) => {
  const sockets = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  app.addHook("preClose", (done) => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, DRAIN_MS);
    app.server.once("close", () => clearTimeout(timer));
    done();
  });
});
