import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Progress } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import type { ServerMessage } from "#contracts/stream.ts";
import { pictureOf, type Pictures } from "../checkers/pictures.ts";
import { ProgressWatch } from "../checkers/progress-watch.ts";
import type { Customer } from "./customer.ts";
import { CANARY } from "./doors.ts";

const RECONNECT_FROM_MS = 100;
const RECONNECT_SPREAD_MS = 400;

type Pushed = Extract<ServerMessage, { type: "snapshot" | "delta" }>;

/** Watches one portfolio by WebSocket, as the web client does: keeps the picture, reconnects, drops what is older. */
export class Listener {
  readonly #customer: Customer;
  readonly #pictures: Pictures;
  readonly portfolioId: string;
  readonly #positions = new Map<string, Position>();
  #progress: Progress | undefined;
  #isStopped = false;
  #socket: WebSocket | undefined;
  /** Frames with figures that came. */
  pushes = 0;

  constructor(customer: Customer, portfolioId: string, pictures: Pictures) {
    this.#customer = customer;
    this.portfolioId = portfolioId;
    this.#pictures = pictures;
  }

  get progress(): Progress | undefined {
    return this.#progress;
  }

  get picture(): string {
    return pictureOf(this.#positions.values());
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#watchOnce();
      if (!this.#isStopped) await delay(RECONNECT_FROM_MS + Math.random() * RECONNECT_SPREAD_MS);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#socket?.terminate();
  }

  /** Resolves when the socket is closed, whoever closed it. */
  #watchOnce(): Promise<void> {
    const { doors, token } = this.#customer;
    const url = `${doors.baseUrl.replace("http", "ws")}/ws/portfolio/${this.portfolioId}`;
    const socket = new WebSocket(url, { handshakeTimeout: 5_000 });
    this.#socket = socket;
    const watch = new ProgressWatch();
    let next = 0;
    // A server that falls silent is left: ours beats every 20 seconds, and pushes come with every trade.
    const silence = setInterval(() => socket.terminate(), SILENCE_MS);
    socket.on("open", () => socket.send(JSON.stringify({ type: "authenticate", token })));
    socket.on("error", () => {});
    socket.on("message", (frame) => {
      silence.refresh();
      const text = (frame as Buffer).toString("utf8");
      this.#lookForCanaries(text);
      const message = JSON.parse(text) as ServerMessage;
      if (message.type === "error" && message.code === "unavailable") socket.terminate();
      if (message.type !== "snapshot" && message.type !== "delta") return;
      if (message.sequence !== next && message.sequence !== 0) {
        this.#report(`a delta ${message.sequence} came where ${next} was due`);
      }
      next = message.sequence + 1;
      this.#take(message, watch);
    });
    return new Promise((resolve) => {
      socket.on("close", () => {
        clearInterval(silence);
        resolve();
      });
    });
  }

  #take(message: Pushed, watch: ProgressWatch): void {
    this.pushes += 1;
    const { ledger } = message;
    const isBack = watch.see(this.portfolioId, ledger);
    if (isBack !== undefined) this.#report(`by stream, ${isBack}`);
    if (message.type === "snapshot") this.#positions.clear();
    else for (const symbol of message.removed) this.#positions.delete(symbol);
    for (const position of message.positions) this.#positions.set(position.symbol, position);
    this.#progress = ledger;
    const torn = this.#pictures.see(this.portfolioId, ledger, this.picture, "the stream");
    if (torn !== undefined) this.#customer.doors.history.report("torn", torn);
  }

  #lookForCanaries(text: string): void {
    for (const [mark] of text.matchAll(CANARY)) {
      if (mark === this.#customer.canary) continue;
      this.#customer.doors.history.report("leaks", `${this.#customer.name} was pushed ${mark}`);
    }
  }

  #report(problem: string): void {
    this.#customer.doors.history.report("regressions", `${this.#customer.name}: ${problem}`);
  }
}

const SILENCE_MS = 25_000;
