import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import type { TransactionSource } from "#contracts/explanations.ts";
import { transactionAddress } from "#web/components/transaction-address.ts";

/** The transaction behind a line, in the version that the figure rests on. */
export function SourceLink({ source }: { source: TransactionSource }) {
  return (
    <Anchor
      component={Link}
      to={transactionAddress(source)}
      size="xs"
      aria-label={`Transaction, version ${source.version}: ${source.text}`}
    >
      Transaction, version {source.version}
    </Anchor>
  );
}
