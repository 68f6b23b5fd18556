import { ScrollArea, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { MethodPreview } from "#contracts/portfolios.ts";
import { Money } from "#web/components/figure.tsx";
import { Gain } from "#web/components/gain.tsx";
import { ChangedTransactions } from "./changed-transactions.tsx";
import type { ReasonText } from "../reason-text.ts";
import classes from "./method-preview.module.css";

interface MethodPreviewReportProps {
  readonly portfolioId: string;
  readonly preview: MethodPreview;
  readonly reasonText: ReasonText;
}

/** What another lot method changes: realized gains by year, costs of open positions, what is matched at all. */
export function MethodPreviewReport({ portfolioId, preview, reasonText }: MethodPreviewReportProps) {
  const { years, positions, transactions } = preview;
  if (years.length === 0 && positions.length === 0 && transactions.length === 0) {
    return (
      <Text size="sm" role="status">
        No figure changes: nothing sold so far depends on the order of the lots.
      </Text>
    );
  }
  return (
    <>
      {years.length === 0 ? null : (
        <Section title="Realized gain by year">
          <Comparison
            title="Realized gain by year"
            what="Year"
            isGain
            rows={years.map(({ year, currency, realizedGain }) => ({
              name: String(year),
              currency,
              ...realizedGain,
            }))}
          />
        </Section>
      )}
      {positions.length === 0 ? null : (
        <Section title="Cost basis of open positions">
          <Comparison
            title="Cost basis of open positions"
            what="Symbol"
            rows={positions.map(({ symbol, currency, costBasis }) => ({
              name: symbol,
              currency,
              ...costBasis,
            }))}
          />
        </Section>
      )}
      {transactions.length === 0 ? null : (
        <Section title="Transactions with another status">
          <ChangedTransactions
            portfolioId={portfolioId}
            transactions={transactions}
            reasonText={reasonText}
          />
        </Section>
      )}
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} mb={4}>
        {title}
      </Title>
      {children}
    </section>
  );
}

interface Compared {
  readonly name: string;
  readonly currency: string;
  readonly before: string;
  readonly after: string;
  readonly change: string;
}

interface ComparisonProps {
  readonly title: string;
  /** What the first column names. */
  readonly what: string;
  /** Whether more of it is better: then a change has arrow and colour. */
  readonly isGain?: boolean;
  readonly rows: readonly Compared[];
}

function Comparison({ title, what, isGain = false, rows }: ComparisonProps) {
  return (
    // With the keyboard one gets to a part that has to be pushed into sight.
    <ScrollArea.Autosize
      type="auto"
      mah={260}
      viewportProps={{ tabIndex: 0, role: "group", "aria-label": title }}
    >
      <Table className={classes["table"] ?? ""} withRowBorders={false}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{what}</Table.Th>
            <Table.Th>Now</Table.Th>
            <Table.Th>Then</Table.Th>
            <Table.Th>Change</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ name, currency, before, after, change }) => (
            <Table.Tr key={`${name} ${currency}`}>
              <Table.Th scope="row">
                {name} <span className={classes["unit"]}>{currency}</span>
              </Table.Th>
              <Table.Td>
                <Money value={before} currency={currency} />
              </Table.Td>
              <Table.Td>
                <Money value={after} currency={currency} />
              </Table.Td>
              <Table.Td>
                {isGain ? (
                  <Gain value={change} currency={currency} />
                ) : (
                  <Money value={change} currency={currency} signed />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
