/*
 * What another lot method would make of a portfolio's past, before it is chosen.
 *
 * A change of the method re-matches everything, so everything is replayed here too, up to where it is matched: once
 * under the rules as they are and once with this portfolio's method changed, and domain/method-change.ts lays the two
 * side by side. Lots that were transferred take other portfolios into the replay; they keep their rules.
 *
 * Only what is this portfolio's own counts. A replay is of keys (portfolio and instrument) that transfers tie together,
 * and one transaction can be part of several: a split is, of all that hold the instrument. What became of it is read
 * from the replay of the key that it is recorded under, as in matching.
 */
import { readSymbols } from "#adapters/postgres/derived-reads.ts";
import { readPortfolios, type LockedPortfolio } from "#adapters/postgres/matching-reads.ts";
import { readAsUser, type Db, type Trx } from "#adapters/postgres/pool.ts";
import type { LotMethod, Progress } from "#contracts/portfolios.ts";
import { invariant } from "#domain/invariant.ts";
import { EMPTY_LEDGER, type LedgerResult } from "#domain/ledger/ledger.ts";
import { compareMethods, type MatchedLedger, type MethodChange } from "#domain/method-change.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import { gatherReplay, type Replay } from "./gather-replay.ts";
import { ledgerOrder } from "./gather-work.ts";
import { instrumentName } from "./ledger-transaction-of.ts";
import { keyName, keyOfVersion, replay, type Rebuild } from "./match-work.ts";

/** What a change of the method would do. */
export interface PreviewedMethod {
  /** The method as it is. */
  readonly lotMethod: LotMethod;
  readonly progress: Progress;
  /** Shape: as `MethodChange`, outcomes in ledger order. */
  readonly change: MethodChange;
  /** Of the instruments in `change`, by the domain's name for them. */
  readonly symbolOf: (instrument: string) => string;
}

/**
 * Returns what the portfolio's figures would be under another lot method. Nothing is changed.
 *
 * Errors: portfolio-not-found, also for another user's.
 */
export async function previewMethod(
  db: Db,
  query: { readonly userId: string; readonly portfolioId: string; readonly lotMethod: LotMethod },
): Promise<Result<PreviewedMethod, "portfolio-not-found">> {
  const read = await readAsUser(db, query.userId, (trx) => readReplay(trx, query));
  if (read === undefined) return refuse("portfolio-not-found");
  // Outside the SQL transaction, which would be waiting meanwhile.
  const { portfolio, work, symbols } = read;
  const account = portfolio.portfolio_id;
  const before = replayUnder(portfolio, work);
  const after =
    query.lotMethod === portfolio.lot_method
      ? before
      : replayUnder({ ...portfolio, lot_method: query.lotMethod }, work);
  const change = compareMethods({ account, before, after });
  const versions = new Map(work.flatMap((rebuild) => rebuild.versions).map((row) => [row.id, row]));
  const outcomes = change.outcomes.toSorted((a, b) =>
    ledgerOrder(versions.get(a.transactionId)!, versions.get(b.transactionId)!),
  );
  const symbolOf = (instrument: string) => {
    const symbol = symbols.get(Number(instrument));
    invariant(symbol !== undefined, `instrument ${instrument} has no symbol`);
    return symbol;
  };
  const { lot_method: lotMethod, epoch } = portfolio;
  const progress = { head: portfolio.head_sequence, applied: portfolio.applied_sequence, epoch };
  return ok({ lotMethod, progress, change: { ...change, outcomes }, symbolOf });
}

async function readReplay(
  trx: Trx,
  { userId, portfolioId }: { userId: string; portfolioId: string },
): Promise<
  (Pick<Replay, "work"> & { portfolio: LockedPortfolio; symbols: ReadonlyMap<number, string> }) | undefined
> {
  const [portfolio] = await readPortfolios(trx, [portfolioId]);
  if (portfolio === undefined || portfolio.owner_id !== userId || portfolio.deleted) return undefined;
  const { work } = await gatherReplay(trx, portfolioId);
  const ids = new Set(work.flatMap((rebuild) => rebuild.keys).map((key) => key.instrumentId));
  return { portfolio, work, symbols: await readSymbols(trx, [...ids]) };
}

/** Replays everything with the portfolio as given. */
function replayUnder(portfolio: LockedPortfolio, work: readonly Rebuild[]): MatchedLedger {
  const results = work.map((rebuild) => {
    const portfolios = new Map(rebuild.portfolios).set(portfolio.portfolio_id, portfolio);
    return ownPart(replay({ ...rebuild, portfolios }), rebuild, portfolio.portfolio_id);
  });
  return {
    method: portfolio.lot_method,
    disposals: results.flatMap((result) => result.disposals),
    outcomes: results.flatMap((result) => result.outcomes),
    ledger: {
      ...EMPTY_LEDGER,
      holdings: results.flatMap((result) => result.ledger.holdings),
      instruments: results.flatMap((result) => result.ledger.instruments),
    },
  };
}

/**
 * What a replay says of the portfolio's own keys, each of which is in one replay only. Disposals and holdings carry their
 * account; outcomes and the currencies of instruments do not, and another replay may say something else of them.
 */
function ownPart(result: LedgerResult, { keys, versions }: Rebuild, portfolioId: string): LedgerResult {
  const own = keys.filter((key) => key.portfolioId === portfolioId);
  const names = new Set(own.map(keyName));
  const instruments = new Set(own.map((key) => instrumentName(key.instrumentId)));
  const recorded = new Set(
    versions.filter((version) => names.has(keyName(keyOfVersion(version)))).map((version) => version.id),
  );
  return {
    ...result,
    outcomes: result.outcomes.filter((outcome) => recorded.has(outcome.transactionId)),
    ledger: {
      ...result.ledger,
      instruments: result.ledger.instruments.filter((row) => instruments.has(row.instrument)),
    },
  };
}
