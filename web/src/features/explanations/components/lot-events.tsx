import type { LotEvent, LotStory } from "#contracts/explanations.ts";
import { quantityOfSide } from "#web/components/decimal.ts";
import { Money, Quantity } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import classes from "./explanations.module.css";
import { SourceLink } from "./source-link.tsx";

interface LotEventsProps {
  readonly story: LotStory;
  readonly currency: string;
}

/** What happened to a lot, oldest first, and what was left of it each time. */
export function LotEvents({ story, currency }: LotEventsProps) {
  return (
    <ol className={classes["events"]} aria-label="What happened to this lot, oldest first">
      {story.events.map((event) => (
        <Event key={keyOf(event)} event={event} side={story.side} currency={currency} />
      ))}
    </ol>
  );
}

interface EventProps {
  readonly event: LotEvent;
  readonly side: LotStory["side"];
  readonly currency: string;
}

function Event({ event, side, currency }: EventProps) {
  const { source, text, quantity, cost } = event;
  return (
    <li className={classes["event"]} data-event={source.type}>
      <div>{text}</div>
      <div className={classes["eventLine"]}>
        <span>
          {formatDate(source.tradedAt)} · <SourceLink source={source} />
        </span>
        <span>
          then <Quantity value={quantityOfSide(side, quantity)} /> for{" "}
          <Money value={cost} currency={currency} />
        </span>
      </div>
    </li>
  );
}

/** One transaction can touch a lot twice: a merger takes from it and makes it another. */
const keyOf = ({ source, text }: LotEvent) => `${source.transactionId} ${text}`;
