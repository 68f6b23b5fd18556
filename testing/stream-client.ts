import { WebSocket } from "ws";
import type { ClientMessage, ServerMessage } from "#contracts/stream.ts";

type MessageOf<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

/** A WebSocket client that remembers what it got. */
export class StreamClient {
  readonly messages: ServerMessage[] = [];
  readonly socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  #wake = () => {};

  constructor(url: string, options: { headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on("message", (frame) => {
      this.messages.push(JSON.parse((frame as Buffer).toString("utf8")) as ServerMessage);
      this.#wake();
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code) => {
        resolve(code);
        this.#wake();
      });
    });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === this.socket.CONNECTING) {
      await new Promise<void>((resolve, reject) => {
        this.socket.once("open", () => resolve());
        this.socket.once("error", reject);
      });
    }
    return this;
  }

  send(message: ClientMessage | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The first message of a type that fits, now or later. Errors: rejects after `timeoutMs`. */
  async next<Type extends ServerMessage["type"]>(
    type: Type,
    fits: (message: MessageOf<Type>) => boolean = () => true,
    timeoutMs = 8_000,
  ): Promise<MessageOf<Type>> {
    const deadline = performance.now() + timeoutMs;
    let seen = 0;
    for (;;) {
      for (; seen < this.messages.length; seen += 1) {
        const message = this.messages[seen]!;
        if (message.type === type && fits(message as MessageOf<Type>)) return message as MessageOf<Type>;
      }
      const left = deadline - performance.now();
      if (left <= 0 || this.socket.readyState === this.socket.CLOSED) {
        throw new Error(
          `no fitting ${type} message in time; got ${JSON.stringify(this.messages).slice(0, 2000)}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.socket.terminate();
  }
}
