import { NO_INSTRUMENT, type LedgerVersion } from "#adapters/postgres/matching-reads.ts";
import {
  money,
  price,
  quantity,
  ZERO_MONEY,
  type Money,
  type Price,
  type Quantity,
} from "#domain/amounts.ts";
import { invariant } from "#domain/invariant.ts";
import type { Transaction } from "#domain/ledger/transaction-types.ts";
import { ratioOf, type Ratio } from "#domain/ratio.ts";
import type { LedgerPlace, LotSelection } from "#domain/transaction.ts";

/** The name of an instrument in the domain's ledger. Accounts are named by the portfolio's id. */
export function instrumentName(instrumentId: number): string {
  return String(instrumentId);
}

const ONE = 10n ** 18n;

/** A stored version as the domain knows it. A column that its type needs and that is null is a bug and throws. */
export function ledgerTransactionOf(version: LedgerVersion): Transaction {
  const { type } = version;
  const place = placeOf(version);
  const account = version.portfolio_id;
  const instrument = instrumentName(version.instrument_id);
  const fees = money(version.fees);
  const exchangeRate = rateOf(version.exchange_rate);
  switch (type) {
    case "buy":
    case "sell": {
      return {
        ...place,
        type,
        account,
        instrument,
        quantity: quantityOf(version),
        price: priceOf(version),
        fees,
        exchangeRate,
        currency: currencyOf(version),
        lots: lotsOf(version),
      };
    }
    case "dividend": {
      const amounts = { amount: amountOf(version), tax: money(version.tax), fees };
      return { ...place, type, account, instrument, ...amounts, currency: currencyOf(version) };
    }
    case "interest":
    case "fee":
    case "tax":
    case "deposit":
    case "withdrawal":
      return { ...place, type, account, amount: amountOf(version), currency: currencyOf(version) };
    case "transfer":
      return transferOf(version);
    case "transfer-in":
      return {
        ...place,
        type,
        account,
        instrument,
        quantity: quantityOf(version),
        cost: moneyOf(version.cost_basis),
        acquiredAt: version.acquired_at === null ? undefined : Date.parse(version.acquired_at),
        acquiredDate: version.acquired_date ?? undefined,
        currency: currencyOf(version),
        exchangeRate,
      };
    case "transfer-out":
      return { ...place, type, account, instrument, quantity: quantityOf(version), lots: lotsOf(version) };
    case "return-of-capital":
      return {
        ...place,
        type,
        account,
        instrument,
        amount: amountOf(version),
        currency: currencyOf(version),
        exchangeRate,
      };
    default:
      return corporateActionOf(version, type);
  }
}

type CorporateAction = "split" | "spin-off" | "merger" | "symbol-change";

function corporateActionOf(version: LedgerVersion, type: CorporateAction): Transaction {
  const place = placeOf(version);
  const instrument = instrumentName(version.instrument_id);
  // All accounts: a company that splits its shares asks nobody in which portfolio they are.
  if (type === "split") return { ...place, type, instrument, ratio: splitRatioOf(version) };
  const account = version.portfolio_id;
  invariant(version.to_instrument_id !== null, `${version.id} names no instrument to go to`);
  const toInstrument = instrumentName(version.to_instrument_id);
  switch (type) {
    case "spin-off": {
      const costShare = fractionOf(version.cost_share);
      return { ...place, type, account, instrument, toInstrument, ratio: splitRatioOf(version), costShare };
    }
    case "merger":
      return {
        ...place,
        type,
        account,
        instrument,
        toInstrument,
        ratio: splitRatioOf(version),
        exchangeRate: rateOf(version.exchange_rate),
        cash:
          version.cash_per_share === null
            ? undefined
            : {
                perShare: price(version.cash_per_share),
                costShare: fractionOf(version.cost_share),
                currency: currencyOf(version),
              },
      };
    case "symbol-change":
      return { ...place, type, account, instrument, toInstrument };
  }
}

function transferOf(version: LedgerVersion): Transaction {
  const place = placeOf(version);
  invariant(version.to_portfolio_id !== null, `transfer ${version.id} goes nowhere`);
  const accounts = { account: version.portfolio_id, toAccount: version.to_portfolio_id };
  if (version.instrument_id === NO_INSTRUMENT) {
    const money = { amount: amountOf(version), currency: currencyOf(version) };
    return { ...place, type: "cash-transfer", ...accounts, ...money };
  }
  return {
    ...place,
    type: "transfer",
    ...accounts,
    instrument: instrumentName(version.instrument_id),
    quantity: quantityOf(version),
    lots: lotsOf(version),
    fees: money(version.fees),
    currency: version.currency ?? undefined,
    exchangeRate: rateOf(version.exchange_rate),
  };
}

function placeOf(version: LedgerVersion): LedgerPlace {
  return {
    id: version.id,
    orderSequence: version.order_sequence,
    tradedAt: Date.parse(version.traded_at),
    tradeDate: version.trade_date,
  };
}

function lotsOf({ lots }: LedgerVersion): LotSelection[] | undefined {
  return lots?.map((lot) => ({ lotId: lot.lotId, quantity: quantity(lot.quantity) }));
}

function quantityOf(version: LedgerVersion): Quantity {
  return quantity(present(version.quantity));
}

function priceOf(version: LedgerVersion): Price {
  return price(present(version.price));
}

function amountOf(version: LedgerVersion): Money {
  return moneyOf(version.amount);
}

function moneyOf(text: string | null): Money {
  return text === "0" ? ZERO_MONEY : money(present(text));
}

function rateOf(text: string | null): Price | undefined {
  return text === null ? undefined : price(text);
}

function currencyOf(version: LedgerVersion): string {
  return present(version.currency);
}

function splitRatioOf(version: LedgerVersion): Ratio {
  return ratioOf(quantity(present(version.ratio_new)), quantity(present(version.ratio_old)));
}

function fractionOf(text: string | null): Ratio {
  return ratioOf(quantity(present(text)), ONE);
}

function present(text: string | null): string {
  invariant(text !== null, "a column that the type of transaction needs is null");
  return text;
}
