import { Fragment } from "react";
import { Money, Price, Quantity } from "#web/components/figure.tsx";
import type { Part } from "../happening.ts";

/** Words with figures among them, each with its exact value behind it. */
export function Sentence({ parts }: { parts: readonly Part[] }) {
  // The parts of a sentence are never moved.
  return parts.map((part, index) => <Fragment key={index}>{pieceOf(part)}</Fragment>);
}

function pieceOf(part: Part) {
  if (typeof part === "string") return part;
  if ("quantity" in part) return <Quantity value={part.quantity} />;
  return "money" in part ? (
    <Money value={part.money} currency={part.currency} />
  ) : (
    <Price value={part.price} currency={part.currency} />
  );
}
