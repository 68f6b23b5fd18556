import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

/** What this process counts. One registry per server, so that several can run in one process. */
export interface Metrics {
  readonly registry: Registry;
  readonly openSockets: Gauge;
  readonly framesSent: Counter;
  readonly slowConsumersClosed: Counter;
}

declare module "fastify" {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** Counts requests by route and serves `/metrics` in Prometheus' text format. */
export const metrics = fastifyPlugin(async (app: FastifyInstance) => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requestSeconds = new Histogram({
    name: "lotwise_http_request_seconds",
    help: "Time to answer a request",
    labelNames: ["method", "route", "status"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  app.decorate("metrics", {
    registry,
    openSockets: new Gauge({ name: "lotwise_stream_sockets", help: "Open WebSockets", registers }),
    framesSent: new Counter({
      name: "lotwise_stream_frames_total",
      help: "Frames sent to WebSockets",
      registers,
    }),
    slowConsumersClosed: new Counter({
      name: "lotwise_stream_slow_consumers_total",
      help: "WebSockets closed because they did not read",
      registers,
    }),
  });
  app.addHook("onResponse", (request, reply, done) => {
    requestSeconds.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? "none",
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1000,
    );
    done();
  });
  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  app.addHook("onClose", () => registry.clear());
});
