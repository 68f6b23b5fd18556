import type { Logger } from "./ports.ts";

export type Listener = (message: unknown) => void;

/** Who listens to which channel within this process. */
export type Listeners = {
  /** Returns a function that removes it again, which is safe to call twice. */
  add(channel: string, listener: Listener): () => void;
  has(channel: string): boolean;
  channels(): string[];
  clear(): void;
  /**
   * Gives the JSON text of a message to everybody on its channel, a fresh copy each, so that no listener can spoil it
   * for the next. A text that is no JSON and a listener that throws are logged and end there.
   */
  deliver(channel: string, text: string): void;
};

export function listenersOf(log: Logger): Listeners {
  // A Map by token, not a Set of functions: the same function may listen twice.
  const byChannel = new Map<string, Map<symbol, Listener>>();

  const add = (channel: string, listener: Listener) => {
    const token = Symbol(channel);
    const listeners = byChannel.get(channel) ?? new Map<symbol, Listener>();
    byChannel.set(channel, listeners.set(token, listener));
    return () => {
      listeners.delete(token);
      if (listeners.size === 0 && byChannel.get(channel) === listeners) byChannel.delete(channel);
    };
  };

  const deliver = (channel: string, text: string) => {
    for (const listener of [...(byChannel.get(channel)?.values() ?? [])]) {
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch {
        log.warn({ channel, length: text.length }, "ignored a hint that is not JSON");
        return;
      }
      try {
        listener(message);
      } catch (error) {
        log.error({ channel, err: error }, "a listener of the fan-out failed");
      }
    }
  };

  return {
    add,
    deliver,
    has: (channel) => byChannel.has(channel),
    channels: () => [...byChannel.keys()],
    clear: () => byChannel.clear(),
  };
}

/** The JSON text of a message, or undefined (logged) when it cannot have one: a function, a cycle, a bigint. */
export function textOf(message: unknown, channel: string, log: Logger): string | undefined {
  try {
    const text = JSON.stringify(message) as string | undefined;
    if (text !== undefined) return text;
    log.error({ channel }, "a hint has no JSON and was not sent");
  } catch (error) {
    log.error({ channel, err: error }, "a hint has no JSON and was not sent");
  }
  return undefined;
}
