import { WebSocket } from "ws";
import type { SignedIn } from "#contracts/accounts.ts";
import type { Portfolio } from "#contracts/portfolios.ts";
import type { ClientMessage, ServerMessage } from "#contracts/stream.ts";
import { PostConnection } from "./posts/post-connection.ts";
import { tradeStream, type TradeStream } from "./setup/trade-stream.ts";

/** More than are ever needed at a rate that is sustained; above it, requests wait for one, and their time counts. */
const CONNECTIONS_MAX = 128;
const SUBSCRIBED_WITHIN_MS = 20_000;
const RESUBSCRIBE_AFTER_MS = 1_000;
const DELTA = '{"type":"delta"';

export interface Member {
  readonly token: string;
  readonly portfolios: readonly { readonly id: string; readonly trades: TradeStream }[];
}

/** Users of a running product with their portfolios, and the connections that they keep to it. */
export class Crowd {
  readonly members: Member[] = [];
  readonly #baseUrl: string;
  readonly #idle: PostConnection[] = [];
  readonly #waiting: ((connection: PostConnection) => void)[] = [];
  #connections = 0;
  readonly #sockets: WebSocket[] = [];
  /** Called with the id of each transaction that a subscribed socket is told of. */
  onTransaction: (id: string) => void = () => {};

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  /** Signs users up and makes their portfolios. */
  async signUp(size: { users: number; portfoliosEach: number }): Promise<void> {
    for (let user = 1; user <= size.users; user += 1) {
      const login = `bench-${user}`;
      const password = "a long enough password";
      const email = `${login}@example.com`;
      await this.#create("/auth/register", "", { email, username: login, password });
      const { accessToken } = await this.#create<SignedIn>("/auth/login", "", { login, password });
      const portfolios: { id: string; trades: TradeStream }[] = [];
      for (let number = 1; number <= size.portfoliosEach; number += 1) {
        const { id } = await this.#create<Portfolio>("/portfolios", accessToken, { name: `Bench ${number}` });
        portfolios.push({ id, trades: tradeStream(user * 1_000 + number) });
      }
      this.members.push({ token: accessToken, portfolios });
    }
  }

  /** Sends a POST. Resolves with the status. Errors: 0 for a connection that broke. Shape: ASCII only. */
  async post(path: string, token: string, body: unknown): Promise<number> {
    const text = JSON.stringify(body);
    const request =
      `POST /api/v1${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n` +
      `content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
    const connection = await this.#connection();
    return new Promise((resolve) => {
      connection.post(request, (status) => {
        this.#release(connection, status);
        resolve(status);
      });
    });
  }

  /** Opens one socket a user, subscribed to all of the user's portfolios. */
  async openSockets(): Promise<void> {
    await Promise.all(this.members.map((member) => this.#openSocket(member)));
  }

  /** Nobody watches any more, so that an idle product idles. */
  closeSockets(): void {
    for (const socket of this.#sockets.splice(0)) socket.terminate();
  }

  close(): void {
    this.closeSockets();
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  #openSocket(member: Member): Promise<void> {
    const socket = new WebSocket(`${this.#baseUrl.replace("http", "ws")}/ws`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    this.#sockets.push(socket);
    const say = (message: ClientMessage) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
    };
    // A server that was just overloaded may say "unavailable" once or twice.
    const again = (portfolioId = "") => {
      setTimeout(() => say({ type: "subscribe", portfolioId }), RESUBSCRIBE_AFTER_MS).unref();
    };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("not subscribed in time")), SUBSCRIBED_WITHIN_MS);
      let missing = member.portfolios.length;
      socket.on("error", reject);
      socket.on("open", () => say({ type: "authenticate", token: member.token }));
      socket.on("message", (frame: Buffer) => {
        // Most frames carry prices; reading them in full would only take time from the server beside us.
        if (frame.toString("latin1", 0, DELTA.length) === DELTA) return;
        const message = JSON.parse(frame.toString("utf8")) as ServerMessage;
        if (message.type === "transaction") this.onTransaction(message.id);
        else if (message.type === "error") again(message.portfolioId);
        else if (message.type === "authenticated") {
          for (const { id } of member.portfolios) say({ type: "subscribe", portfolioId: id });
        } else if (message.type === "snapshot") {
          missing -= 1;
          if (missing > 0) return;
          clearTimeout(timer);
          resolve();
        }
      });
    });
  }

  async #connection(): Promise<PostConnection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#connections >= CONNECTIONS_MAX) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#connections += 1;
    return PostConnection.open(this.#baseUrl);
  }

  #release(connection: PostConnection, status: number): void {
    if (status === 0) {
      connection.close();
      this.#connections -= 1;
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
  }

  async #create<Body>(path: string, token: string, body: unknown): Promise<Body> {
    const answer = await fetch(`${this.#baseUrl}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }
}
