/*
 * As many POSTs as a server answers, on so many connections, each of which sends the next request when it has the
 * answer to the one before (a closed loop).
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Member } from "../b9-crowd.ts";
import { quantile } from "../benchmark.ts";
import { PostConnection } from "./post-connection.ts";
import { preparePosts, withId } from "./prepared-posts.ts";

/** Requests that are made in advance for each connection, and sent again and again under other ids. */
const PREPARED = 64;

export interface PostResult {
  readonly perSecond: number;
  /** Units: milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How many were accepted in all, before and after the measurement too. */
  readonly accepted: number;
}

/** Posts trades of all members. Errors: throws when an answer is not 201. */
export async function postInTurns(
  target: { baseUrl: string; members: readonly Member[] },
  load: { connections: number; warmUpMs: number; measuredMs: number },
): Promise<PostResult> {
  const { members, baseUrl } = target;
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => PostConnection.open(baseUrl)),
  );
  const answerMs: number[] = [];
  const refused = new Map<number, number>();
  let accepted = 0;
  let isMeasuring = false;
  let isOver = false;
  const ended = connections.map((connection, index) => {
    const posts = preparePosts(members[index % members.length]!, PREPARED);
    let next = 0;
    return new Promise<void>((resolve) => {
      const send = () => {
        const beganAt = performance.now();
        const wasMeasuring = isMeasuring;
        connection.post(withId(posts[next % PREPARED]!), (status) => {
          if (status === 201) accepted += 1;
          else refused.set(status, (refused.get(status) ?? 0) + 1);
          if (isMeasuring && wasMeasuring) answerMs.push(performance.now() - beganAt);
          if (isOver || status === 0) resolve();
          else send();
        });
        next += 1;
      };
      send();
    });
  });
  await delay(load.warmUpMs);
  isMeasuring = true;
  const beganAt = performance.now();
  await delay(load.measuredMs);
  isMeasuring = false;
  const seconds = (performance.now() - beganAt) / 1000;
  isOver = true;
  await Promise.all(ended);
  for (const connection of connections) connection.close();
  if (refused.size > 0) throw new Error(`POSTs were refused: ${JSON.stringify([...refused])}`);
  return {
    perSecond: answerMs.length / seconds,
    p50: quantile(answerMs, 0.5),
    p99: quantile(answerMs, 0.99),
    accepted,
  };
}
