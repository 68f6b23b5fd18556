import type { Benchmark } from "./benchmark.ts";
import { comparePosts } from "./posts/compare-posts.ts";

/*
 * B7: the same POSTs as B6.
 *   a   the product
 *   b   the same API, which authenticates, validates and answers, and records nothing (posts/forgetful-recorder.ts)
 */
export const postAgainstForgetful: Benchmark = {
  id: "B7",
  name: "POST /transactions ÷ a POST that only authenticates and validates",
  floor: 0.5,
  goal: 0.7,
  run: (context) => comparePosts(context, "forgetful"),
};
