import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { isParked, refuseLotsOf } from "../installation/poison.ts";
import { memberOf, type Draw, type Site } from "./fault.ts";

const PARKED_WITHIN_MS = 45_000;
let poisons = 0;

/** A transaction that fails for ever. Half of them are withdrawn while the defect lasts, the others wait for its end. */
const poison: Draw = (choose) => {
  const isWithdrawn = choose.chance(0.5);
  poisons += 1;
  const [quantity, symbol] = [`1.${String(poisons).padStart(15, "0")}`, `POISON${poisons}`];
  return {
    takes: ["poison"],
    needs: ["postgres"],
    words: isWithdrawn ? "withdrawn again" : "until it is mended",
    async run({ installation: { owner }, crowd }) {
      const customer = crowd.present[Math.floor(Math.random() * crowd.present.length)];
      if (customer === undefined) return 0;
      await refuseLotsOf(owner, quantity);
      const portfolioId = customer.portfolioIds[0]!;
      const tradedAt = "2024-02-01T10:00:00Z";
      const content = {
        type: "buy",
        symbol,
        quantity,
        price: "1",
        currency: "USD",
        exchangeRate: "1",
        tradedAt,
      } as const;
      const [id] = await customer.record([{ portfolioId, content }], "both");
      const own = id === undefined ? undefined : customer.transactions.get(id);
      const deadline = performance.now() + PARKED_WITHIN_MS;
      let hasParked = false;
      while (!hasParked && performance.now() < deadline) {
        await delay(100);
        hasParked = await isParked(owner, portfolioId);
      }
      if (isWithdrawn && own !== undefined) await customer.withdraw(own);
      return hasParked ? 1 : 0;
    },
  };
};

const SOCKETS = 200;
const SOCKETS_MS = 6_000;
/** What a node may need more for all of them. Units: kB. */
const MEMORY_KB = 64 * 1024;

/** Sockets that say nothing, do not read, flood, talk nonsense, or come and go. */
const sockets: Draw = (choose, cast) => {
  const name = choose.among(...cast.api);
  return {
    takes: [name, `${name} http`],
    needs: ["postgres"],
    words: name,
    async run(site) {
      const { process, ownUrl } = memberOf(site, name);
      const [customer] = site.crowd.present;
      if (customer?.token === undefined || !process.isRunning) return 0;
      const { pid } = process;
      const before = await residentKb(pid);
      const url = `${ownUrl.replace("http", "ws")}/ws/portfolio/${customer.portfolioIds[0]}`;
      const stopping = new AbortController();
      const all = Array.from({ length: SOCKETS }, (_, index) =>
        MANNERS[index % MANNERS.length]!(url, customer.token!, stopping.signal),
      );
      await delay(SOCKETS_MS);
      const after = process.pid === pid ? await residentKb(pid) : undefined;
      stopping.abort();
      const opened = (await Promise.all(all)).filter(Boolean).length;
      if (after === undefined) site.history.note(`${name} did not survive ${SOCKETS} hostile sockets`);
      else reportMemory(site, name, after - before);
      return opened > SOCKETS / 2 && after !== undefined ? 1 : 0;
    },
  };
};

function reportMemory(site: Site, name: string, moreKb: number): void {
  site.history.write({ sockets: name, moreKb });
  if (moreKb > MEMORY_KB) site.history.note(`${name} took ${moreKb} kB more for ${SOCKETS} hostile sockets`);
}

async function residentKb(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
}

const COMES_AND_GOES_MS = 300;

/** Resolves with whether a connection was ever had. */
type Manner = (url: string, token: string, signal: AbortSignal) => Promise<boolean>;

const MANNERS: readonly Manner[] = [
  // Says nothing.
  (url, _token, signal) => open(url, signal, () => {}),
  // Subscribes and never reads.
  (url, token, signal) =>
    open(url, signal, (socket) => {
      socket.send(JSON.stringify({ type: "authenticate", token }));
      socket.pause();
    }),
  // Floods.
  (url, token, signal) =>
    open(url, signal, (socket) => {
      socket.send(JSON.stringify({ type: "authenticate", token }));
      const timer = setInterval(() => socket.send('{"type":"ping"}'), 5);
      socket.on("close", () => clearInterval(timer));
    }),
  // Talks nonsense.
  (url, _token, signal) => open(url, signal, (socket) => socket.send(Buffer.alloc(5_000, 0xff))),
  // Comes and goes.
  async (url, _token, signal) => {
    let hasBeenIn = false;
    while (!signal.aborted)
      hasBeenIn = (await open(url, AbortSignal.timeout(COMES_AND_GOES_MS), () => {})) || hasBeenIn;
    return hasBeenIn;
  },
];

function open(url: string, signal: AbortSignal, act: (socket: WebSocket) => void): Promise<boolean> {
  const socket = new WebSocket(url);
  let isOpened = false;
  signal.addEventListener("abort", () => socket.terminate());
  socket.on("error", () => {});
  socket.on("open", () => {
    isOpened = true;
    act(socket);
  });
  return new Promise((resolve) => socket.on("close", () => resolve(isOpened)));
}

export const CUSTOMER_FAULTS = { "F20-poison": poison, "F23-sockets": sockets } as const satisfies Record<
  string,
  Draw
>;
