import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import {
  type Fraction,
  minus,
  over,
  plus,
  print,
  printing,
  read,
  times,
  ZERO,
} from "./simple-engine/fraction.ts";
import type { Fields } from "./simple-engine/books.ts";
import { simpleLedger } from "./simple-engine/simple-engine.ts";
import type { Standing } from "./random-ledger.ts";
import type { PortfolioSettings } from "./trader.ts";

/*
 * What is stored for some portfolios beside what the simple engine makes of their standing transactions, in its words.
 *
 * Transactions are replayed in groups that hang together: a transfer ties two portfolios, a conversion two instruments.
 * An instrument's currency is a matter of each group. A split concerns its instrument in every group.
 */

/** One group of keys, as it is stored and as it should be. */
export interface ComparedFigures {
  readonly keys: readonly string[];
  readonly stored: Fields;
  readonly expected: Fields;
  /** A figure is so near a tie of rounding that the two may print it differently and both be right. */
  readonly isNearTie: boolean;
}

/** Shape: one per group, and one of what is stored outside of all groups, where nothing is expected. */
export async function compareFigures(
  owner: Db,
  settings: ReadonlyMap<string, PortfolioSettings>,
  standing: readonly Standing[],
): Promise<ComparedFigures[]> {
  const rows = await readStored(owner, [...settings.keys()]);
  const groups = groupsOf(standing);
  const known = new Set(groups.flat());
  const options = optionsOf(settings);
  const compared = groups.map((keys): ComparedFigures => {
    printing.nearTies = 0;
    const own = new Set(keys);
    const expected = expectedOf(
      standing.filter((each) => concerns(each, own)),
      options,
    );
    const stored = storedOf(rows, (key) => own.has(key), settings);
    return { keys, expected, stored, isNearTie: printing.nearTies > 0 };
  });
  const rest = storedOf(rows, (key) => !known.has(key), settings);
  return [...compared, { keys: [], expected: expectedOf([], options), stored: rest, isNearTie: false }];
}

const keyOf = (portfolioId: string, symbol: string | undefined | null) => `${portfolioId}/${symbol ?? ""}`;

const ownKey = ({ portfolioId, content }: Standing) => keyOf(portfolioId, content.symbol);

function concerns(each: Standing, keys: ReadonlySet<string>): boolean {
  if (each.content.type !== "split") return keys.has(ownKey(each));
  return [...keys].some((key) => key.endsWith(`/${each.content.symbol}`));
}

function groupsOf(standing: readonly Standing[]): string[][] {
  const groupOf = new Map<string, Set<string>>();
  const tie = (a: string, b: string) => {
    const [one, other] = [groupOf.get(a) ?? new Set([a]), groupOf.get(b) ?? new Set([b])];
    for (const key of other) one.add(key);
    for (const key of one) groupOf.set(key, one);
  };
  for (const each of standing) {
    const { toPortfolioId, toSymbol, symbol } = each.content;
    tie(ownKey(each), keyOf(toPortfolioId ?? each.portfolioId, toSymbol ?? symbol));
  }
  return [...new Set(groupOf.values())].map((keys) => [...keys]);
}

function optionsOf(settings: ReadonlyMap<string, PortfolioSettings>): Fields {
  const accounts = [...settings].map(([id, own]) => [
    id,
    {
      method: own.lotMethod,
      allow_short: own.allowShort,
      track_cash: own.trackCash,
      base_currency: own.baseCurrency,
    },
  ]);
  return { accounts: Object.fromEntries(accounts) as Fields };
}

function expectedOf(standing: readonly Standing[], options: Fields): Fields {
  const answer: Fields = simpleLedger(standing.map(fieldsOf), options);
  const list = (key: string) => answer[key] as readonly Fields[];
  return {
    lots: sorted(list("open_lots")),
    disposals: bySale(list("disposals")),
    positions: sorted(list("positions")),
    earned: sorted(list("earned")),
    cash: sorted(list("cash").filter((row) => row["balance"] !== "0")),
    interest: answer["interest"],
    expenses: answer["expenses"],
    rejected: (answer["rejected"] as string[]).toSorted(),
  };
}

/** In the words of a vector file. */
function fieldsOf({ id, place, portfolioId, content }: Standing): Fields {
  const isAction = ["spin-off", "merger", "symbol-change"].includes(content.type);
  const fields: Fields = {
    id,
    seq: place,
    time: content.tradedAt,
    type: content.type.replaceAll("-", "_"),
    account: portfolioId,
    ...(isAction && { only: portfolioId }),
    instrument: content.symbol,
    quantity: content.quantity,
    price: content.price,
    amount: content.amount,
    fees: content.fees,
    tax: content.tax,
    currency: content.currency,
    fx_rate: content.exchangeRate,
    lots: content.lots?.map(({ lotId, quantity }) => ({ lot: lotId, quantity })),
    ratio: content.ratio,
    to_account: content.toPortfolioId,
    to_instrument: content.toSymbol,
    cost: content.costBasis,
    acquired: content.acquiredAt,
    cost_share: content.costShare,
    cash_per_share: content.cashPerShare,
    cash_cost_share: content.costShare,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Columns as text. */
type Stored = Readonly<Record<string, string | null>> & {
  readonly portfolio_id: string;
  readonly symbol: string;
};

async function readStored(owner: Db, ids: readonly string[]) {
  const read = async (query: ReturnType<typeof sql<Stored>>) => (await query.execute(owner)).rows;
  const list = [...ids];
  return {
    lots: await read(sql<Stored>`select l.*, i.symbol from tax_lot l join instrument i on i.id = l.instrument_id
      where l.portfolio_id = any (${list}::uuid[]) and l.remaining_quantity > 0`),
    slices: await read(sql<Stored>`select s.*, i.symbol, d.side, d.unit, d.base_proceeds is null as is_own
      from disposal_slice s join disposal d using (portfolio_id, transaction_id) join instrument i on i.id = s.instrument_id
      where s.portfolio_id = any (${list}::uuid[]) order by s.transaction_id, s.slice_number`),
    positions:
      await read(sql<Stored>`select p.*, i.symbol from position p join instrument i on i.id = p.instrument_id
      where p.portfolio_id = any (${list}::uuid[])`),
    flows:
      await read(sql<Stored>`select f.*, i.symbol from cash_flow f left join instrument i on i.id = f.instrument_id
      where f.portfolio_id = any (${list}::uuid[])`),
    rejections: await read(sql<Stored>`select r.*, i.symbol from rejection r
      left join instrument i on i.id = r.instrument_id where r.portfolio_id = any (${list}::uuid[])`),
  };
}

function storedOf(
  rows: Awaited<ReturnType<typeof readStored>>,
  isOwn: (key: string) => boolean,
  settings: ReadonlyMap<string, PortfolioSettings>,
): Fields {
  const own = (list: readonly Stored[]) => list.filter((row) => isOwn(keyOf(row.portfolio_id, row.symbol)));
  const isPool = (row: Stored) => settings.get(row.portfolio_id)?.lotMethod === "average";
  const sideOf = new Map(
    rows.positions.map((row) => [keyOf(row.portfolio_id, row.symbol), row["quantity"]!.startsWith("-")]),
  );
  const flows = own(rows.flows);
  const sumByCurrency = (wanted: (row: Stored) => boolean, sign: Fraction) => {
    const groups = Map.groupBy(flows.filter(wanted), (row) => row["currency"]!);
    const sums = [...groups].map(
      ([currency, group]) => [currency, times(sign, sumOf(group, "amount"))] as const,
    );
    const nonZero = sums.filter(([, sum]) => sum.top !== 0n).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(nonZero.map(([currency, sum]) => [currency, print(sum, 8)]));
  };
  return {
    lots: sorted(
      own(rows.lots).map((row) =>
        lotFields(row, isPool(row), sideOf.get(keyOf(row.portfolio_id, row.symbol))!),
      ),
    ),
    disposals: bySale(own(rows.slices).map((row) => sliceFields(row, isPool(row)))),
    positions: sorted(
      own(rows.positions)
        .filter((row) => row["quantity"] !== "0")
        .map(positionFields),
    ),
    earned: sorted(own(rows.positions).map(earnedFields).filter(isEarned)),
    cash: sorted(cashFields(flows)),
    interest: sumByCurrency((row) => row["type"] === "interest", read("1")),
    expenses: sumByCurrency(
      (row) => row["type"] === "fee" || (row["type"] === "transfer" && row["instrument_id"] !== null),
      read("-1"),
    ),
    rejected: own(rows.rejections)
      .map((row) => row["transaction_id"]!)
      .toSorted(),
  };
}

function lotFields(row: Stored, isPool: boolean, isShort: boolean): Fields {
  const sign = read(isShort ? "-1" : "1");
  const part = over(number(row, "remaining_quantity"), number(row, "original_quantity"));
  const quantity = times(sign, over(number(row, "remaining_quantity"), number(row, "unit")));
  const cost = times(sign, times(part, number(row, "original_cost")));
  const base =
    row["original_base_cost"] === null ? cost : times(sign, times(part, number(row, "original_base_cost")));
  return {
    account: row.portfolio_id,
    instrument: row.symbol,
    lot: isPool ? null : row["id"],
    opened: isPool ? null : new Date(row["opened_at"]!).toISOString(),
    quantity: print(quantity, 12),
    cost: print(cost, 8),
    unit_cost: print(over(cost, quantity), 10),
    base_cost: print(base, 8),
  };
}

function sliceFields(row: Stored, isPool: boolean): Fields {
  const [proceeds, cost] = [number(row, "proceeds"), number(row, "cost_basis")];
  const isForeign = row["base_proceeds"] !== null;
  const baseProceeds = isForeign ? number(row, "base_proceeds") : proceeds;
  const baseCost = isForeign ? number(row, "base_cost_basis") : cost;
  return {
    trade: row["transaction_id"],
    lot: isPool ? null : row["lot_id"],
    account: row.portfolio_id,
    instrument: row.symbol,
    side: row["side"],
    quantity: print(over(number(row, "quantity"), number(row, "unit")), 12),
    proceeds: print(proceeds, 8),
    cost: print(cost, 8),
    gain: print(minus(proceeds, cost), 8),
    base_proceeds: print(baseProceeds, 8),
    base_cost: print(baseCost, 8),
    base_gain: print(minus(baseProceeds, baseCost), 8),
    fx_gain: print(isForeign ? number(row, "exchange_gain") : ZERO, 8),
  };
}

function positionFields(row: Stored): Fields {
  const [quantity, cost] = [over(number(row, "quantity"), number(row, "unit")), number(row, "cost_basis")];
  return {
    account: row.portfolio_id,
    instrument: row.symbol,
    currency: row["currency"],
    quantity: print(quantity, 12),
    cost_basis: print(cost, 8),
    average_cost: print(over(cost, quantity), 10),
    base_cost_basis: print(row["base_cost_basis"] === null ? cost : number(row, "base_cost_basis"), 8),
  };
}

function earnedFields(row: Stored): Fields {
  const isForeign = row["base_realized_gain"] !== null;
  return {
    account: row.portfolio_id,
    instrument: row.symbol,
    gain: print(number(row, "realized_gain"), 8),
    base_gain: print(number(row, isForeign ? "base_realized_gain" : "realized_gain"), 8),
    fx_gain: print(isForeign ? number(row, "exchange_gain") : ZERO, 8),
    dividends: print(number(row, "income"), 8),
    withheld: print(number(row, "withheld_tax"), 8),
    fees: print(number(row, "fees"), 8),
  };
}

function isEarned({ account: _account, instrument: _instrument, ...amounts }: Fields): boolean {
  return Object.values(amounts).some((amount) => amount !== "0");
}

function cashFields(flows: readonly Stored[]): Fields[] {
  const groups = Map.groupBy(flows, (row) => JSON.stringify([row.portfolio_id, row["currency"]]));
  return [...groups]
    .map(([name, group]) => {
      const [account, currency] = JSON.parse(name) as [string, string];
      return { account, currency, balance: print(sumOf(group, "amount"), 8) };
    })
    .filter((row) => row.balance !== "0");
}

function number(row: Stored, column: string): Fraction {
  return read(String(row[column]));
}

function sumOf(rows: readonly Stored[], column: string): Fraction {
  return rows.map((row) => number(row, column)).reduce(plus, ZERO);
}

/** The slices of each closing, in their order; the closings by id. */
function bySale(rows: readonly Fields[]): (readonly Fields[])[] {
  const groups = Map.groupBy(rows, (row) => String(row["trade"]));
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function sorted(rows: readonly Fields[]): Fields[] {
  const name = (row: Fields) =>
    JSON.stringify([row["account"], row["instrument"], row["currency"], row["lot"]]);
  return rows.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
}
