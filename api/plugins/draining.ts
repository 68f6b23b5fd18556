import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Recorder } from "#use-cases/recorder.ts";

/** Units: milliseconds. */
const LIMITS = {
  /** How long clients that keep their connection are told with each answer to open another one elsewhere. */
  goodbyeMs: 300,
  /** How long, after that, to wait for a moment in which nobody is about to ask. */
  quietWithinMs: 500,
  /** Who has just connected is given so long to say something. */
  silentMs: 250,
  /** How long requests that are under way may take from then on: the process is to be gone in less than five seconds. */
  drainMs: 3_000,
} as const;

/**
 * Lets a closing server answer what is under way and what arrives in the next moment, and wait for nobody else: a peer
 * that connected and never said a word would hold it for 20 seconds, one whose upgrade was refused for ever, and one
 * that keeps its connection for the next request until that times out. What was accepted to be recorded is recorded,
 * also for clients that have gone.
 *
 * An idle connection must not be cut at once: a request may be on its way on it, whose sender would not know whether it
 * was heard. So for a moment every answer says that it is the last on its connection. And since a closing server cuts
 * those who have connected and not spoken yet, it closes when there is nobody like that.
 */
export const draining = fastifyPlugin(
  async (app: FastifyInstance, { recorder, closing }: { recorder: Recorder; closing: AbortController }) => {
    const sockets = new Map<Socket, { readonly since: number }>();
    app.server.on("connection", (socket: Socket) => {
      sockets.set(socket, { since: performance.now() });
      socket.on("close", () => sockets.delete(socket));
    });
    const isAboutToAsk = ([socket, { since }]: [Socket, { since: number }]) =>
      socket.bytesRead === 0 && performance.now() - since < LIMITS.silentMs;
    const untilQuiet = async () => {
      const deadline = performance.now() + LIMITS.quietWithinMs;
      // Right after a turn in which all who had knocked were let in.
      do await new Promise((resolve) => setImmediate(resolve));
      while (performance.now() < deadline && [...sockets].some(isAboutToAsk));
    };
    app.addHook("onSend", (_request, reply, payload, done) => {
      if (closing.signal.aborted) void reply.header("connection", "close");
      done(null, payload);
    });
    app.addHook("preClose", async () => {
      closing.abort();
      const timer = setTimeout(
        () => {
          for (const socket of sockets.keys()) socket.destroy();
        },
        LIMITS.goodbyeMs + LIMITS.quietWithinMs + LIMITS.drainMs,
      );
      app.server.once("close", () => clearTimeout(timer));
      if (sockets.size > 0) {
        await delay(LIMITS.goodbyeMs);
        await untilQuiet();
      }
      for (const socket of sockets.keys()) if (socket.bytesRead === 0) socket.destroy();
    });
    app.addHook("onClose", () => recorder.close());
  },
);
