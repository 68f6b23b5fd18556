import { Agent, request as send } from "node:http";
import { WebSocket } from "ws";
import type { SignedIn } from "#contracts/accounts.ts";
import type { Portfolio } from "#contracts/portfolios.ts";
import type { ClientMessage, ServerMessage } from "#contracts/stream.ts";
import { tradeStream, type TradeStream } from "./setup/trade-stream.ts";

/** More than are ever needed at a rate that is sustained; above it, requests wait for one, and their time counts. */
const CONNECTIONS_MAX = 128;
const SUBSCRIBED_WITHIN_MS = 20_000;
const RESUBSCRIBE_AFTER_MS = 1_000;

export interface Member {
  readonly token: string;
  readonly portfolios: readonly { readonly id: string; readonly trades: TradeStream }[];
}

/** Users of a running product with their portfolios, and the connections that they keep to it. */
export class Crowd {
  readonly members: Member[] = [];
  readonly #baseUrl: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
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

  /** Sends a POST. Resolves with the status. */
  async post(path: string, token: string, body: unknown): Promise<number> {
    return (await this.#send(path, token, body)).status;
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
    this.#agent.destroy();
  }

  #openSocket(member: Member): Promise<void> {
    const socket = new WebSocket(`${this.#baseUrl.replace("http", "ws")}/ws`, { perMessageDeflate: false });
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
        const text = frame.toString("utf8");
        // Most frames carry prices; reading them in full would only take time from the server beside us.
        if (text.startsWith('{"type":"delta"')) return;
        const message = JSON.parse(text) as ServerMessage;
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

  async #create<Body>(path: string, token: string, body: unknown): Promise<Body> {
    const answer = await this.#send(path, token, body);
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as Body;
  }

  #send(path: string, token: string, body: unknown): Promise<{ status: number; text: string }> {
    const text = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = send(
        `${this.#baseUrl}/api/v1${path}`,
        {
          method: "POST",
          agent: this.#agent,
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(text),
            ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
          );
        },
      );
      request.on("error", reject);
      request.end(text);
    });
  }
}
