import { judgeRate, rateOf } from "../match-trade.ts";
import { inBaseCurrency, type TaxLot } from "../tax-lot.ts";
import { type Refusal, rejected } from "../transaction.ts";
import { judgeLeaving, partsOf, takeOut } from "./moved-parts.ts";
import type { OpenLedger } from "./open-ledger.ts";
import { receiveLot } from "./receive-lot.ts";
import type { DeliveryIn, DeliveryOut } from "./transaction-types.ts";

/** Opens a lot with the cost and the date that a delivery from outside brings. An external flow; no cash moves. */
export function applyDeliveryIn(ledger: OpenLedger, delivery: DeliveryIn): Refusal | undefined {
  const { account, instrument, quantity, cost, currency } = delivery;
  const rules = ledger.rulesOf(account);
  if (quantity <= 0n) return rejected("invalid-quantity");
  if (cost < 0n) return rejected("invalid-amount");
  const known = ledger.currencyOf(instrument);
  if (known !== undefined && known !== currency) return rejected("currency-mismatch");
  const holding = ledger.holding(account, instrument);
  if (holding.quantity < 0n) return rejected("side-conflict");
  const missing = judgeRate(delivery, rules);
  if (missing !== undefined) return missing;
  const rate = rateOf(delivery, rules);
  const lot: TaxLot = {
    id: delivery.id,
    side: "long",
    openedAt: delivery.acquiredAt ?? delivery.tradedAt,
    openedSequence: delivery.orderSequence,
    openedDate: delivery.acquiredDate ?? delivery.tradeDate,
    originalQuantity: quantity,
    originalCost: cost,
    remainingQuantity: quantity,
    originalBaseCost: inBaseCurrency(cost, rate),
    openingRate: rate,
  };
  receiveLot(holding, lot, rules);
  holding.currency = currency;
  ledger.setCurrency(instrument, currency);
  const to = { account, instrument };
  ledger.movements.push({
    transactionId: delivery.id,
    type: delivery.type,
    from: undefined,
    to,
    parts: partsOf([lot]),
  });
  return undefined;
}

/** Takes lots away without a gain. An external flow; no cash moves. */
export function applyDeliveryOut(ledger: OpenLedger, delivery: DeliveryOut): Refusal | undefined {
  const { account, instrument } = delivery;
  const holding = ledger.holding(account, instrument);
  const refusal = judgeLeaving(holding, delivery, ledger.rulesOf(account));
  if (refusal !== undefined) return refusal;
  const parts = partsOf(takeOut(holding, delivery));
  const from = { account, instrument };
  ledger.movements.push({ transactionId: delivery.id, type: delivery.type, from, to: undefined, parts });
  return undefined;
}
