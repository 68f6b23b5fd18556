/*
 * What a sale, or the cover of a short, would come to now, under every lot method; nothing is recorded.
 *
 * The figures must be those that matching would come to, so it is asked the way matching goes: from the stored position
 * and its open lots, by the domain's own matching. Where the rules of the portfolio have changed and matching has not
 * come to it yet, what is stored still follows the old rules (a pool that is none any more): then the key is replayed
 * as the matcher is about to do.
 *
 * Limits. What is recorded and not matched yet is not in it; `progress` tells. A trade dated before the position's newest
 * transaction would need a replay with it in its place, and is refused.
 */
import { randomUUID } from "node:crypto";
import { findInstrumentId } from "#adapters/postgres/derived-reads.ts";
import {
  NO_INSTRUMENT,
  readOpenLots,
  readPortfolios,
  readStoredPositions,
  type LockedPortfolio,
  type MatchingKey,
  type StoredLot,
  type StoredPosition,
} from "#adapters/postgres/matching-reads.ts";
import { readAsUser, type Db, type Trx } from "#adapters/postgres/pool.ts";
import type { LotMethod, Progress } from "#contracts/portfolios.ts";
import type { LedgerRules } from "#domain/holding.ts";
import { invariant } from "#domain/invariant.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import type { LedgerTransaction } from "#domain/transaction.ts";
import { whatIf, type WhatIfAnswers } from "#domain/what-if.ts";
import type { CanonicalTransaction } from "./canonical-transaction.ts";
import { gatherReplay } from "./gather-replay.ts";
import { ledgerTransactionOf } from "./ledger-transaction-of.ts";
import { keyName, matchWork } from "./match-work.ts";
import { holdingOf } from "./stored-figures.ts";

/** A trade that is only thought of. */
export interface WhatIfCommand {
  readonly userId: string;
  readonly portfolioId: string;
  /** A buy or a sell. Its currency is that of the position, whatever it says. */
  readonly trade: CanonicalTransaction & { readonly symbol: string };
  /** Where the trade's price comes from: the user, or a quote, in this currency; a quote without one is not known. */
  readonly price:
    { readonly from: "user" } | { readonly from: "quote"; readonly currency: string | undefined };
}

/** The answers, and what they rest on. */
export interface AskedWhatIf {
  readonly answers: WhatIfAnswers;
  /** The portfolio's own. */
  readonly lotMethod: LotMethod;
  readonly baseCurrency: string;
  /** Of the position. */
  readonly currency: string;
  readonly progress: Progress;
}

/** Why a question has no answer at all. */
export type WhatIfProblem =
  | { readonly code: "portfolio-not-found" }
  | { readonly code: "no-quote"; readonly currency: string }
  | { readonly code: "not-after-the-position"; readonly lastTradedAt: string };

/**
 * Returns what the trade would come to under each lot method, all of it read at one moment.
 *
 * Errors: portfolio-not-found, also for another user's; no-quote (none in the position's currency); not-after-the-position.
 */
export async function askWhatIf(db: Db, command: WhatIfCommand): Promise<Result<AskedWhatIf, WhatIfProblem>> {
  const { trade, price } = command;
  const standing = await readAsUser(db, command.userId, (trx) => readStanding(trx, command));
  if (standing === undefined) return refuse({ code: "portfolio-not-found" });
  const { portfolio, position, lots } = standing;
  const currency = position?.currency ?? trade.currency ?? portfolio.base_currency;
  if (price.from === "quote" && price.currency !== currency) return refuse({ code: "no-quote", currency });
  if (position !== undefined && Date.parse(trade.traded_at) < Date.parse(position.last_traded_at)) {
    return refuse({ code: "not-after-the-position", lastTradedAt: position.last_traded_at });
  }
  const answers = whatIf({
    holding: holdingOf(position, lots),
    rules: rulesOf(portfolio, currency),
    trade: asIfRecorded(trade, { portfolioId: portfolio.portfolio_id, currency }),
  });
  const { lot_method: lotMethod, base_currency: baseCurrency, epoch } = portfolio;
  const progress = { head: portfolio.head_sequence, applied: portfolio.applied_sequence, epoch };
  return ok({ answers, lotMethod, baseCurrency, currency, progress });
}

/** A position and its open lots; without a position nothing was ever matched. */
interface Stored {
  readonly position: StoredPosition | undefined;
  readonly lots: readonly StoredLot[];
}

async function readStanding(
  trx: Trx,
  { userId, portfolioId, trade }: WhatIfCommand,
): Promise<(Stored & { readonly portfolio: LockedPortfolio }) | undefined> {
  const [portfolio] = await readPortfolios(trx, [portfolioId]);
  if (portfolio === undefined || portfolio.owner_id !== userId || portfolio.deleted) return undefined;
  const instrumentId = await findInstrumentId(trx, trade.symbol);
  if (instrumentId === undefined) return { portfolio, position: undefined, lots: [] };
  const key = { portfolioId, instrumentId };
  const isCurrent = portfolio.rules_version === portfolio.applied_rules_version;
  return { portfolio, ...(isCurrent ? await readStored(trx, key) : await replayKey(trx, key)) };
}

async function readStored(trx: Trx, key: MatchingKey): Promise<Stored> {
  const [position] = await readStoredPositions(trx, [key]);
  return { position, lots: await readOpenLots(trx, [key]) };
}

/** What will be stored once matching has come to the portfolio's new rules. */
async function replayKey(trx: Trx, key: MatchingKey): Promise<Stored> {
  const { work } = await gatherReplay(trx, key.portfolioId, key);
  const matched = work.flatMap(matchWork).find((other) => keyName(other) === keyName(key));
  const ids = { portfolio_id: key.portfolioId, instrument_id: key.instrumentId };
  if (matched?.position === undefined) return { position: undefined, lots: [] };
  const open = matched.lots.filter((lot) => lot.remaining_quantity !== "0");
  return { position: { ...matched.position, ...ids }, lots: open.map((lot) => ({ ...lot, ...ids })) };
}

/** As in matching, the base currency is part of the rules only where the position is in another. */
function rulesOf(portfolio: LockedPortfolio, currency: string): LedgerRules {
  const { lot_method: method, allow_short: allowShort, base_currency: baseCurrency } = portfolio;
  return { method, allowShort, ...(currency === baseCurrency ? {} : { baseCurrency }) };
}

/** The trade as matching would find it, the newest of all. */
function asIfRecorded(
  trade: CanonicalTransaction,
  { portfolioId, currency }: { portfolioId: string; currency: string },
): LedgerTransaction {
  const transaction = ledgerTransactionOf({
    ...trade,
    currency,
    portfolio_id: portfolioId,
    sequence: Number.MAX_SAFE_INTEGER,
    id: randomUUID(),
    version: 1,
    withdrawn: false,
    order_sequence: Number.MAX_SAFE_INTEGER,
    // One holding is asked about: which instrument it is makes no difference.
    instrument_id: NO_INSTRUMENT,
    to_instrument_id: null,
  });
  invariant(transaction.type === "buy" || transaction.type === "sell", `a what-if of a ${transaction.type}`);
  return transaction;
}
