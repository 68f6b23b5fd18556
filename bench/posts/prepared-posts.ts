import { v7 as uuidv7 } from "uuid";
import type { Member } from "../b9-crowd.ts";

/** A POST of a trade, complete but for the id. */
export interface PreparedPost {
  readonly beforeId: string;
  readonly afterId: string;
}

/** The next `count` trades of a user, whose portfolios take turns. */
export function preparePosts({ token, portfolios }: Member, count: number): PreparedPost[] {
  return Array.from({ length: count }, (_, index) => {
    const portfolio = portfolios[index % portfolios.length]!;
    const { type, symbol, quantity, price, fees, traded_at: tradedAt } = portfolio.trades(Date.now() + index);
    const fields = { portfolioId: portfolio.id, type, symbol, quantity, price, fees, tradedAt };
    const beforeId = '{"id":"';
    const afterId = `",${JSON.stringify(fields).slice(1)}`;
    const length = beforeId.length + UUID_LENGTH + afterId.length;
    return { beforeId: headers(token, length) + beforeId, afterId };
  });
}

/** The request with an id of its own, which is told. */
export function withId({ beforeId, afterId }: PreparedPost, id = uuidv7()): string {
  return beforeId + id + afterId;
}

const UUID_LENGTH = 36;

function headers(token: string, length: number): string {
  return [
    "POST /api/v1/transactions HTTP/1.1",
    "host: 127.0.0.1",
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    `content-length: ${length}`,
    "\r\n",
  ].join("\r\n");
}
