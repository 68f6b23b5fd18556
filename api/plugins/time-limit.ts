import type { FastifyInstance, FastifyReply } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { Refusal } from "../errors.ts";

const LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 250;

/**
 * Answers 503 for a request whose handler takes too long; what it does goes on to its end, unheard. In place of the
 * framework's handlerTimeout, which ends its timer as soon as a body was read, so that no POST had a limit, and which
 * makes a timer, an AbortController and an AbortError for each request, a tenth of all that a POST takes.
 */
export const timeLimit = fastifyPlugin(async (app: FastifyInstance, options: { limitMs?: number }) => {
  const { limitMs = LIMIT_MS } = options;
  /** Until when, in the order they began, which is the order they are due. */
  const underWay = new Map<FastifyReply, number>();
  app.addHook("onRequest", (_request, reply, done) => {
    underWay.set(reply, performance.now() + limitMs);
    done();
  });
  app.addHook("onResponse", (_request, reply, done) => {
    underWay.delete(reply);
    done();
  });
  const looking = setInterval(
    () => {
      const nowMs = performance.now();
      for (const [reply, dueMs] of underWay) {
        if (dueMs > nowMs) break;
        underWay.delete(reply);
        endLate(reply);
      }
    },
    Math.min(LOOK_EVERY_MS, limitMs / 4),
  );
  looking.unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(looking);
    done();
  });
});

/** Also of those that were answered or became something else, such as a WebSocket, without a word to us. */
function endLate(reply: FastifyReply): void {
  if (reply.sent) return;
  if (reply.raw.headersSent) reply.raw.destroy();
  else void reply.send(new Refusal("unavailable", "It takes too long"));
}
