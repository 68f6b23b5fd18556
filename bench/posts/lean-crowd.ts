import { Crowd } from "../b9-crowd.ts";
import { PostConnection } from "./post-connection.ts";

/** More than are ever needed at a rate that is sustained; above it, requests wait for one, and their time counts. */
const CONNECTIONS = 128;

/** A crowd whose POSTs cost the machine little: at thousands a second Node's own client needs a processor for itself. */
export class LeanCrowd extends Crowd {
  readonly #baseUrl: string;
  readonly #opened: PostConnection[] = [];
  readonly #idle: PostConnection[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(baseUrl: string) {
    super(baseUrl);
    this.#baseUrl = baseUrl;
  }

  async openConnections(): Promise<void> {
    const opening = Array.from({ length: CONNECTIONS }, () => PostConnection.open(this.#baseUrl));
    this.#opened.push(...(await Promise.all(opening)));
    this.#idle.push(...this.#opened);
  }

  override post(path: string, token: string, body: unknown): Promise<number> {
    const text = JSON.stringify(body);
    const request = [
      `POST /api/v1${path} HTTP/1.1`,
      "host: 127.0.0.1",
      `authorization: Bearer ${token}`,
      "content-type: application/json",
      `content-length: ${text.length}`,
      "",
      text,
    ].join("\r\n");
    return new Promise((resolve) => {
      const send = () => {
        const connection = this.#idle.pop()!;
        connection.post(request, (status) => {
          this.#idle.push(connection);
          resolve(status);
          this.#waiting.shift()?.();
        });
      };
      if (this.#idle.length > 0) send();
      else this.#waiting.push(send);
    });
  }

  override close(): void {
    super.close();
    for (const connection of this.#opened.splice(0)) connection.close();
  }
}
