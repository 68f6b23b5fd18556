/*
 * A TCP proxy in front of one server, through which a network can be made to fail: connections reset, packets that
 * vanish without a word, delays, a trickle. What passes is shown to an inspector, which may hold it back, change it or
 * cut the connection at a certain message.
 *
 * Every fault says how much it hit, since one that hit nothing did not happen.
 */
import { createServer, connect, type Server, type Socket } from "node:net";
import { Direction, type Weather } from "./direction.ts";

/** Looks at one connection. It returns what is to be passed on of a chunk, now or with a later one. */
export interface Inspector {
  fromClient(chunk: Buffer): Buffer | undefined;
  fromServer(chunk: Buffer): Buffer | undefined;
}

export type Inspect = (connection: ProxiedConnection) => Inspector;

/** What all connections of a proxy share. `hits` counts the chunks that felt the weather. */
interface Link {
  weather: Weather;
  hits: number;
  readonly inspect: Inspect | undefined;
}

/** One connection through a proxy. */
export class ProxiedConnection {
  readonly #sockets: readonly [client: Socket, server: Socket];
  readonly #link: Link;
  #isHeld = false;
  /** Bytes, or an end, were swallowed: what comes later would make no sense to either side. */
  #isSpoiled = false;

  constructor(client: Socket, server: Socket, link: Link) {
    this.#sockets = [client, server];
    this.#link = link;
    const inspector = link.inspect?.(this);
    this.#join(client, new Direction(client, server), (chunk) =>
      inspector === undefined ? chunk : inspector.fromClient(chunk),
    );
    this.#join(server, new Direction(server, client), (chunk) =>
      inspector === undefined ? chunk : inspector.fromServer(chunk),
    );
  }

  get isOver(): boolean {
    return this.#sockets.every((socket) => socket.destroyed);
  }

  /** Passes nothing on any more, in either direction. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Ends it with RST on both sides. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  resetIfSpoiled(): void {
    if (this.#isSpoiled) this.reset();
  }

  #join(from: Socket, direction: Direction, inspect: (chunk: Buffer) => Buffer | undefined): void {
    const link = this.#link;
    from.on("data", (chunk) => {
      if (this.#isHeld) return;
      if (link.weather.kind !== "fair") link.hits += 1;
      if (link.weather.kind === "half-open") {
        this.#isSpoiled = true;
        return;
      }
      const passed = inspect(chunk);
      if (passed !== undefined && !this.#isHeld) direction.send(passed, link.weather);
    });
    from.on("error", () => {});
    from.on("close", () => {
      if (link.weather.kind === "half-open") this.#isSpoiled = true;
      else direction.end();
    });
  }
}

/** Listens on a free port of 127.0.0.1 and passes everything on to `targetPort`. */
export class FaultProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #link: Link;

  private constructor(targetPort: number, inspect?: Inspect) {
    this.#link = { weather: { kind: "fair" }, hits: 0, inspect };
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client, targetPort));
  }

  static async start(targetPort: number, inspect?: Inspect): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, inspect);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Resets every connection there is. Returns how many there were. */
  resetAll(): number {
    const all = [...this.#connections].filter((connection) => !connection.isOver);
    for (const connection of all) connection.reset();
    this.#connections.clear();
    return all.length;
  }

  /** Changes how bytes travel, until `clear`. */
  change(weather: Weather): void {
    this.#link.weather = weather;
    this.#link.hits = 0;
  }

  /** Lets everything pass again. Returns how many chunks were swallowed or held up since `change`. */
  clear(): number {
    this.#link.weather = { kind: "fair" };
    for (const connection of this.#connections) connection.resetIfSpoiled();
    return this.#link.hits;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.resetAll();
    await closed;
  }

  #accept(client: Socket, targetPort: number): void {
    const server = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    const connection = new ProxiedConnection(client, server, this.#link);
    this.#connections.add(connection);
    // A server that is not there refuses, and so do we.
    server.once("error", () => client.resetAndDestroy());
    for (const socket of [client, server]) {
      socket.once("close", () => {
        if (connection.isOver) this.#connections.delete(connection);
      });
    }
  }
}
