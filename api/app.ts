import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyPluginAsync,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ApiDependencies, ApiSettings } from "./dependencies.ts";

/** The Fastify instance with types that follow from the routes' schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What every route file exports: it adds one operation. */
export type Route = (app: App, context: RouteContext) => void;

export interface RouteContext {
  readonly dependencies: ApiDependencies;
  readonly settings: ApiSettings;
}

export type Plugin = FastifyPluginAsync<RouteContext>;
