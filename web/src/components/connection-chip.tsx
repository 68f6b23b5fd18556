import { Tooltip } from "@mantine/core";
import type { ConnectionState } from "#web/stream/stream-connection.ts";
import classes from "./connection-chip.module.css";

const TEXTS: Record<ConnectionState, { label: string; explanation: string; tone: string }> = {
  idle: { label: "Not live", explanation: "Figures are as of the last load.", tone: "waiting" },
  connecting: { label: "Connecting", explanation: "Live figures start in a moment.", tone: "waiting" },
  live: { label: "Live", explanation: "Prices and matches arrive as they happen.", tone: "live" },
  reconnecting: {
    label: "Reconnecting",
    explanation: "The live connection was lost. The figures shown are the last ones received.",
    tone: "lost",
  },
  offline: {
    label: "Offline",
    explanation: "This device has no network. The figures shown are the last ones received.",
    tone: "lost",
  },
};

/** Whether what is on the screen is moving with the market, said honestly. */
export function ConnectionChip({ state }: { state: ConnectionState }) {
  const { label, explanation, tone } = TEXTS[state];
  return (
    <Tooltip label={explanation}>
      <span className={classes["chip"]} data-tone={tone} role="status" data-connection={state}>
        <span className={classes["dot"]} aria-hidden="true" />
        {label}
      </span>
    </Tooltip>
  );
}

/** Figures that are no longer live are dimmed; before the first connection they are simply the last known. */
export const isOutOfTouch = (state: ConnectionState) => state === "reconnecting" || state === "offline";
