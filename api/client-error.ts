import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { problemOf, Refusal, type ProblemCode } from "./errors.ts";

/**
 * Answers, on the bare socket, what Node could not read as a request at all: broken HTTP, headers without end, a
 * request that never came to its end.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== "ECONNRESET" && socket.writable) {
    const problem = problemOf(new Refusal(codeOf(error)));
    const body = JSON.stringify(problem);
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
        "Connection: close\r\nCache-Control: no-store\r\n" +
        `Content-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

function codeOf(error: NodeJS.ErrnoException): ProblemCode {
  switch (error.code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "request-timeout";
    case "HPE_HEADER_OVERFLOW":
      return "headers-too-large";
    default:
      return "malformed-http";
  }
}
