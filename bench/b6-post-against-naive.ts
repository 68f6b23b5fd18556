import type { Benchmark } from "./benchmark.ts";
import { comparePosts } from "./posts/compare-posts.ts";

/*
 * B6: POST /transactions over real HTTP, 100 connections that each send the next request when they have their answer.
 *   a   the product: recorded in groups
 *   b   the same API, in which each request takes a connection from the pool: BEGIN, 2 INSERTs, COMMIT
 *       (posts/naive-recorder.ts)
 */
export const postAgainstNaive: Benchmark = {
  id: "B6",
  name: "POST /transactions, recorded in groups ÷ one SQL transaction each",
  floor: 3.5,
  goal: 5,
  run: (context) => comparePosts(context, "naive"),
};
