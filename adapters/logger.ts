import { pino, type DestinationStream, type Logger } from "pino";

/** The process's structured log. What could identify or impersonate somebody is cut out. */
export function createLogger(options: {
  level: string;
  name: string;
  destination?: DestinationStream;
}): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      redact: {
        paths: [
          "*.password",
          "*.token",
          "*.accessToken",
          "req.headers.authorization",
          "req.headers.cookie",
          "headers.authorization",
          "headers.cookie",
        ],
        censor: "[cut]",
      },
    },
    options.destination,
  );
}

/** Appends to a file, each line at once, so that what a process says last is not lost with it. */
export function appendTo(file: string): DestinationStream {
  return pino.destination({ dest: file, append: true, sync: true });
}
