import { createServer } from "node:net";

/** Errors: throws one clear line when somebody else listens where we want to. */
export async function refuseBusyPort({ host, port }: { host: string; port: number }): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? `port ${port} on ${host} is in use; stop what uses it, or set PORT to another number`
          : `cannot listen on ${host}:${port}`;
      reject(new Error(why, error.code === "EADDRINUSE" ? {} : { cause: error }));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
