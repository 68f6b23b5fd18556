/* The protocol of docs/websocket.md as a client meets it that does not keep to it, or means harm. */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { startTestServer, type TestServer } from "#testing/test-server.ts";

const ALLOWED = "https://app.example";

let server: TestServer;
let user: ApiClient;

beforeAll(async () => {
  server = await startTestServer({ ticking: false, settings: { allowedOrigins: [ALLOWED] } });
  user = await signedInClient(server.baseUrl);
});
afterAll(() => server.close());

const opened = (path = "/ws") => new StreamClient(server.wsUrl + path).opened();

async function authenticated(client = user, path = "/ws"): Promise<StreamClient> {
  const stream = await opened(path);
  stream.send({ type: "authenticate", token: client.token! });
  await stream.next("authenticated");
  return stream;
}

/** Whoever keeps to the protocol is served, whatever the others do. */
async function expectAlive(): Promise<void> {
  const stream = await authenticated();
  stream.send({ type: "ping" });
  await stream.next("pong");
  stream.close();
}

describe("who does not authenticate", () => {
  test.for([
    ["subscribes", '{"type":"subscribe","portfolioId":"01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11"}'],
    ["unsubscribes", '{"type":"unsubscribe","portfolioId":"01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11"}'],
    ["pings", '{"type":"ping"}'],
    ["sends a token that is none", '{"type":"authenticate","token":"x"}'],
    ["sends an empty token", '{"type":"authenticate","token":""}'],
  ])("but %s is closed by 4401", async ([, message]) => {
    const stream = await opened();
    stream.send(message!);
    expect(await stream.closed).toBe(4401);
    expect(stream.messages).toEqual([]);
  });

  test("and is told nothing that comes after", async () => {
    const stream = await opened();
    stream.send({ type: "ping" });
    stream.send({ type: "authenticate", token: user.token! });
    stream.send({ type: "ping" });
    expect(await stream.closed).toBe(4401);
    expect(stream.messages).toEqual([]);
  });

  test.concurrent(
    "and says nothing is closed by 4401 after five seconds, also with a token in the URL",
    async () => {
      const began = performance.now();
      const { id } = await user.portfolio();
      const streams = [
        await opened(),
        await opened(`/ws?token=${user.token}&access_token=${user.token}`),
        await opened(`/ws/portfolio/${id}?token=${user.token}`),
        new StreamClient(`${server.wsUrl}/ws`, { headers: { authorization: `Bearer ${user.token}` } }),
      ];
      expect(await Promise.all(streams.map((stream) => stream.closed))).toEqual([4401, 4401, 4401, 4401]);
      expect(performance.now() - began).toBeLessThan(7_500);
      expect(streams.flatMap((stream) => stream.messages)).toEqual([]);
    },
  );

  test("a token offered as a subprotocol is not given back", async () => {
    const socket = new WebSocket(`${server.wsUrl}/ws`, ["lotwise", "a-token"]);
    const error = await new Promise<Error>((resolve) => socket.on("error", resolve));
    expect(error.message).toBe("Server sent no subprotocol");
  });
});

describe("a frame that is no message", () => {
  const id = "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11";
  const frames: [string, number, string | Buffer][] = [
    ["no JSON", 4400, "hello"],
    ["nothing", 4400, ""],
    ["an open brace", 4400, "{"],
    ["null", 4400, "null"],
    ["a number", 4400, "12"],
    ["a list", 4400, "[]"],
    ["no type", 4400, "{}"],
    ["an unknown type", 4400, '{"type":"nope"}'],
    ["a type that every object has", 4400, '{"type":"toString"}'],
    ["a type that is a list", 4400, '{"type":["ping"]}'],
    ["a message of the server's", 4400, '{"type":"pong"}'],
    ["a field too many", 4400, '{"type":"ping","more":1}'],
    ["__proto__", 4400, '{"type":"ping","__proto__":{"a":1}}'],
    ["no portfolio", 4400, '{"type":"subscribe"}'],
    ["a portfolio that is no id", 4400, '{"type":"subscribe","portfolioId":"1"}'],
    ["a portfolio that is a list", 4400, `{"type":"subscribe","portfolioId":["${id}"]}`],
    ["SQL for a portfolio", 4400, `{"type":"subscribe","portfolioId":"' or true --"}`],
    ["a token that is a number", 4400, '{"type":"authenticate","token":1}'],
    ["two messages", 4400, '{"type":"ping"}{"type":"ping"}'],
    ["2,000 levels", 4400, "[".repeat(2_000) + "]".repeat(2_000)],
    ["4,096 bytes that are no message", 4400, "x".repeat(4_096)],
    ["bytes", 4400, Buffer.from('{"type":"ping"}')],
    ["4,097 bytes", 1009, "x".repeat(4_097)],
    ["a megabyte", 1009, "x".repeat(1_024 * 1_024)],
    ["4,097 bytes of bytes", 1009, Buffer.alloc(4_097)],
  ];

  test.for(frames)("%s: closed by %i, before and after authenticating", async ([, code, frame]) => {
    for (const stream of [await opened(), await authenticated()]) {
      stream.socket.send(frame);
      expect(await stream.closed).toBe(code);
    }
    await expectAlive();
  });

  const masked = (head: number[], payload: Buffer) =>
    Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
  test.for<[string, number, Buffer]>([
    ["text that is no UTF-8", 1007, masked([0x81, 0x82], Buffer.from([0xc3, 0x28]))],
    ["a frame without a mask", 1002, Buffer.from([0x81, 0x02, 0x7b, 0x7d])],
    ["reserved bits", 1002, masked([0xf1, 0x82], Buffer.from("{}"))],
    ["an unknown opcode", 1002, masked([0x83, 0x82], Buffer.from("{}"))],
    ["a continuation of nothing", 1002, masked([0x80, 0x82], Buffer.from("{}"))],
    ["a fragmented ping", 1002, masked([0x09, 0x80], Buffer.alloc(0))],
    ["a ping of 126 bytes", 1002, masked([0x89, 0xfe, 0, 126], Buffer.alloc(126))],
    [
      "a length of 2^63",
      1009,
      masked([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Buffer.alloc(4)),
    ],
    ["a close code that is none", 1002, masked([0x88, 0x82], Buffer.from([0, 1]))],
  ])("raw: %s: closed by %i", async ([, code, bytes]) => {
    const stream = await authenticated();
    (stream.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(bytes);
    expect([code, 1006]).toContain(await stream.closed);
    await expectAlive();
  });

  test("fragments add up to the same limit", async () => {
    const stream = await authenticated();
    for (let part = 0; part < 5; part += 1) stream.socket.send("x".repeat(1_000), { fin: part === 4 });
    expect(await stream.closed).toBe(1009);
  });

  test("more than 20 messages in a second are closed by 4429", async () => {
    const stream = await authenticated();
    for (let message = 0; message < 200; message += 1) stream.send({ type: "ping" });
    expect(await stream.closed).toBe(4429);
    expect(stream.messages.length).toBeLessThanOrEqual(20);
    await expectAlive();
  });

  test("and so is whoever tries tokens that fast", async () => {
    const stream = await opened();
    for (let message = 0; message < 200; message += 1)
      stream.send({ type: "authenticate", token: user.token! });
    expect(await stream.closed).toBe(4429);
  });
});

describe("the handshake", () => {
  /** How the server answers to a handshake: 101, or what it says instead. */
  function handshake(
    path: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(server.wsUrl + path, { headers });
      socket.on("open", () => {
        socket.terminate();
        resolve({ status: 101, body: "" });
      });
      socket.on("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode!, body }));
      });
      socket.on("error", reject);
    });
  }

  const own = () => new URL(server.baseUrl).host;
  test.for<[string, () => string | undefined, number]>([
    ["no Origin, as from a program", () => undefined, 101],
    ["our own", () => `http://${own()}`, 101],
    ["our own behind TLS", () => `https://${own()}`, 101],
    ["one that is allowed", () => ALLOWED, 101],
    ["null", () => "null", 403],
    ["nothing", () => "", 403],
    ["evil", () => "https://evil.example", 403],
    ["the allowed one as a prefix", () => `${ALLOWED}.evil.example`, 403],
    ["the allowed one as a suffix", () => "https://evil-app.example", 403],
    ["the allowed one as a subdomain's parent", () => "https://x.app.example", 403],
    ["the allowed one without TLS", () => "http://app.example", 403],
    ["the allowed one on another port", () => `${ALLOWED}:444`, 403],
    ["the allowed one with a path", () => `${ALLOWED}/`, 403],
    ["the allowed one and evil", () => `${ALLOWED}, https://evil.example`, 403],
    ["ours as a prefix", () => `http://${own()}.evil.example`, 403],
    ["ours as a user name", () => `http://${own().replace(":", "%3A")}@evil.example`, 403],
    ["ours with a user name", () => `http://evil@${own()}`, 403],
    ["ours with a path", () => `http://${own()}/evil`, 403],
    ["ours as a path", () => `http://evil.example/${own()}`, 403],
    ["ours by another name", () => `http://localhost:${new URL(server.baseUrl).port}`, 403],
    ["our name on another port", () => "http://127.0.0.1:1", 403],
    ["ours without a scheme", () => own(), 403],
    ["a file", () => "file://", 403],
    ["an extension", () => `chrome-extension://${own()}`, 403],
  ])("from %s", async ([, origin, status]) => {
    const text = origin();
    for (const path of ["/ws", "/ws/portfolio/01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11"]) {
      const answer = await handshake(path, text === undefined ? {} : { origin: text });
      expect([path, answer.status]).toEqual([path, status]);
      if (status === 403) expect(JSON.parse(answer.body)).toMatchObject({ code: "forbidden", status: 403 });
    }
  });

  test.for([
    ["/ws/portfolio/not-an-id", 400],
    ["/ws/portfolio/%ff", 400],
    ["/ws/nope", 404],
    ["/nope", 404],
  ] as const)("%s answers %i", async ([path, status]) => {
    expect((await handshake(path, {})).status).toBe(status);
    await expectAlive();
  });

  test("for a route that is no stream ends without harm", async () => {
    const stream = new StreamClient(`${server.wsUrl}/health/live`);
    await stream.closed;
    const guarded = await handshake("/api/v1/portfolios", {});
    expect(guarded.status).toBe(401);
    await expectAlive();
  });

  test("is what /ws needs: a plain request is told so", async () => {
    for (const path of ["/ws", "/ws/portfolio/01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11"]) {
      const answer = await fetch(server.baseUrl + path);
      expect(answer.status).toBe(426);
      expect(await answer.json()).toMatchObject({ code: "upgrade-required" });
    }
  });

  test.for([
    ["another version", "Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
    ["no key", "Sec-WebSocket-Version: 13"],
    ["a key that is none", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x"],
  ])("with %s is 4xx", async ([, headers]) => {
    const { port } = new URL(server.baseUrl);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(
        `GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n\r\n`,
      );
      socket.on("data", (chunk) => {
        resolve(chunk.toString("latin1"));
        socket.destroy();
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    await expectAlive();
  });
});

test.concurrent("200 subscriptions are the limit of a socket", async () => {
  const portfolios: string[] = [];
  for (let index = 0; index < 201; index += 1) portfolios.push((await user.portfolio()).id);
  const stream = await authenticated();
  for (const [index, portfolioId] of portfolios.entries()) {
    // Below the limit of messages, on purpose.
    if (index % 10 === 9) await delay(600);
    stream.send({ type: "subscribe", portfolioId });
  }
  expect(await stream.next("error")).toMatchObject({
    code: "too-many-subscriptions",
    portfolioId: portfolios[200],
  });
  expect(stream.messages.filter((message) => message.type === "snapshot")).toHaveLength(200);
  stream.close();
});
