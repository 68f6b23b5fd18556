import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { PositionExplanation as Explanation } from "#contracts/explanations.ts";
import { quantityOfSide } from "#web/components/decimal.ts";
import { Money, Quantity, UnitCost } from "#web/components/figure.tsx";
import { Gain } from "#web/components/gain.tsx";
import { LOT_METHODS } from "#web/components/lot-methods.ts";
import { positionExplanationQuery } from "../api/explanation-queries.ts";
import { ExplanationSkeleton, isGone, NoExplanation, StillMatching } from "./explanation-states.tsx";
import classes from "./explanations.module.css";
import { LotEvents } from "./lot-events.tsx";
import { LotSection } from "./lot-section.tsx";
import { StepList } from "./step-list.tsx";
import { Summary } from "./summary.tsx";

interface PositionExplanationProps {
  readonly portfolioId: string;
  readonly symbol: string;
  /** The lot that the reader asked about. */
  readonly lotId: string | null;
}

/** Where the cost of a position comes from: in sentences, lot by lot, and down to the arithmetic. */
export function PositionExplanation({ portfolioId, symbol, lotId }: PositionExplanationProps) {
  const explanation = useQuery(positionExplanationQuery(portfolioId, symbol));
  const { data, error } = explanation;
  if (error !== null && (data === undefined || isGone(error))) {
    return (
      <NoExplanation
        error={error}
        gone="There is no such position in this portfolio any more."
        retry={() => void explanation.refetch()}
      />
    );
  }
  if (data === undefined) return <ExplanationSkeleton />;
  const { summary, lotMethod, steps, sequence } = data;
  return (
    <Stack gap="lg" data-explanation={symbol}>
      <Headline explanation={data} />
      <StillMatching sequence={sequence} />
      <Summary sentences={summary} />
      <Text size="xs" c="dimmed">
        {LOT_METHODS[lotMethod].name}: {LOT_METHODS[lotMethod].explanation}
      </Text>
      <Lots explanation={data} lotId={lotId} />
      {steps.length === 0 ? null : (
        <section>
          <Title order={2} mb="xs">
            Together
          </Title>
          <StepList steps={steps} label="From the lots to the position" />
        </section>
      )}
    </Stack>
  );
}

function Headline({ explanation }: { explanation: Explanation }) {
  const { currency, quantity, costBasis, averageCost, realizedGain } = explanation;
  return (
    <div>
      <div className={classes["headline"]}>
        <Money value={costBasis} currency={currency} symbol />
      </div>
      <Text size="sm" c="dimmed">
        Cost basis of <Quantity value={quantity} />
      </Text>
      <dl className={classes["facts"]}>
        <div>
          <dt>Average cost</dt>
          <dd>
            <UnitCost
              value={averageCost}
              currency={currency}
              missing="Nothing is held, so there is no average."
            />
          </dd>
        </div>
        <div>
          <dt>Realized so far</dt>
          <dd>
            <Gain value={realizedGain} currency={currency} />
          </dd>
        </div>
      </dl>
    </div>
  );
}

/** More than a few are closed at first: their lines alone already tell what there is. */
const OPENED_MAX = 2;

interface LotsProps {
  readonly explanation: Explanation;
  readonly lotId: string | null;
}

function Lots({ explanation: { lots, currency }, lotId }: LotsProps) {
  if (lots.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No open lots: everything has been closed.
      </Text>
    );
  }
  return (
    <section>
      <Title order={2} mb="xs">
        {lots.length === 1 ? "The open lot" : `The ${lots.length} open lots`}
      </Title>
      <ol className={classes["lots"]}>
        {lots.map(({ lot, remainingQuantity, costBasis, steps }) => (
          <LotSection
            key={lot.lotId}
            story={lot}
            result={
              <>
                <Quantity value={quantityOfSide(lot.side, remainingQuantity)} /> ·{" "}
                <Money value={costBasis} currency={currency} />
              </>
            }
            opened={lotId === null && lots.length <= OPENED_MAX}
            wanted={lot.lotId === lotId}
          >
            <LotEvents story={lot} currency={currency} />
            <StepList steps={steps} label="The arithmetic of this lot" />
          </LotSection>
        ))}
      </ol>
    </section>
  );
}
