import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { DisposalExplanation as Explanation } from "#contracts/explanations.ts";
import { signOf } from "#web/components/decimal.ts";
import { Money, Quantity } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { LOT_METHODS } from "#web/components/lot-methods.ts";
import { disposalExplanationQuery } from "../api/explanation-queries.ts";
import { ExplanationSkeleton, isGone, NoExplanation, StillMatching } from "./explanation-states.tsx";
import classes from "./explanations.module.css";
import { LotEvents } from "./lot-events.tsx";
import { LotSection } from "./lot-section.tsx";
import { SourceLink } from "./source-link.tsx";
import { StepList } from "./step-list.tsx";
import { Summary } from "./summary.tsx";

interface DisposalExplanationProps {
  readonly portfolioId: string;
  readonly disposalId: string;
}

/** Where a realized gain comes from: in sentences, lot by lot, and down to the arithmetic. */
export function DisposalExplanation({ portfolioId, disposalId }: DisposalExplanationProps) {
  const explanation = useQuery(disposalExplanationQuery(portfolioId, disposalId));
  const { data, error } = explanation;
  if (error !== null && (data === undefined || isGone(error))) {
    return (
      <NoExplanation
        error={error}
        gone="This gain is no longer there: its sale was edited, deleted or not matched any more."
        retry={() => void explanation.refetch()}
      />
    );
  }
  if (data === undefined) return <ExplanationSkeleton />;
  const { summary, closing, steps, sequence, lotMethod } = data;
  return (
    <Stack gap="lg" data-explanation={disposalId}>
      <Headline explanation={data} />
      <StillMatching sequence={sequence} />
      <Summary sentences={summary} />
      <section aria-label="What closed the lots">
        <div className={classes["source"]}>
          <span>{closing.text}</span>
          <span>
            {formatDate(closing.tradedAt)} · <SourceLink source={closing} />
          </span>
        </div>
        <Text size="xs" c="dimmed" mt={4}>
          {LOT_METHODS[lotMethod].name}
        </Text>
      </section>
      <Slices explanation={data} />
      {steps.length === 0 ? null : (
        <section>
          <Title order={2} mb="xs">
            Together
          </Title>
          <StepList steps={steps} label="From the lots to the gain" />
        </section>
      )}
    </Stack>
  );
}

function Headline({ explanation }: { explanation: Explanation }) {
  const { currency, realizedGain, proceeds, costBasis, quantity, base } = explanation.disposal;
  return (
    <div>
      <div className={classes["headline"]}>
        <Gain value={realizedGain} currency={currency} symbol />
      </div>
      <dl className={classes["facts"]}>
        <div>
          <dt>Proceeds</dt>
          <dd>
            <Money value={proceeds} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>Cost</dt>
          <dd>
            <Money value={costBasis} currency={currency} />
          </dd>
        </div>
        {signOf(quantity) === 0 ? null : (
          <div>
            <dt>Quantity</dt>
            <dd>
              <Quantity value={quantity} />
            </dd>
          </div>
        )}
        {base.currency === currency ? null : (
          <>
            <div>
              <dt>In {base.currency}</dt>
              <dd>
                <Gain value={base.realizedGain} currency={base.currency} />
              </dd>
            </div>
            <div>
              <dt>of it from the exchange rate</dt>
              <dd>
                <Gain value={base.exchangeGain} currency={base.currency} />
              </dd>
            </div>
          </>
        )}
      </dl>
    </div>
  );
}

/** More than a few are closed at first: their lines alone already tell the order and the parts. */
const OPENED_MAX = 3;

function Slices({ explanation: { disposal, slices } }: { explanation: Explanation }) {
  return (
    <section>
      <Title order={2} mb="xs">
        {slices.length === 1 ? "The lot" : `The ${slices.length} lots`}
      </Title>
      <ol className={classes["lots"]}>
        {slices.map(({ lot, text, steps, term }, index) => (
          <LotSection
            key={`${lot.lotId}-${index}`}
            story={lot}
            term={term}
            result={
              <Gain value={disposal.slices[index]?.realizedGain ?? null} currency={disposal.currency} />
            }
            opened={slices.length <= OPENED_MAX}
          >
            <p>{text}</p>
            <LotEvents story={lot} currency={disposal.currency} />
            <StepList steps={steps} label="The arithmetic of this lot" />
          </LotSection>
        ))}
      </ol>
    </section>
  );
}
