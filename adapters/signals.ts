/** How long a process may take to stop before it is ended. Units: milliseconds. */
const STOP_WITHIN_MS = 10_000;

/** A terminal's Ctrl-C can arrive twice, once through npm: what comes this soon is the same one. Units: milliseconds. */
const SAME_SIGNAL_MS = 1_000;

/** Resolves on SIGTERM or SIGINT. From then on a second signal, or too long a wait, ends the process. */
export function onceSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signalledAt: number | undefined;
    const handle = (signal: NodeJS.Signals) => {
      if (signalledAt !== undefined) {
        if (performance.now() - signalledAt > SAME_SIGNAL_MS) process.exit(1);
        return;
      }
      signalledAt = performance.now();
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
      resolve(signal);
    };
    process.on("SIGTERM", handle);
    process.on("SIGINT", handle);
  });
}
