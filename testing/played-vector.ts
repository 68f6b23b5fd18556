import { createHash, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { readCashTotals } from "#adapters/postgres/derived-reads.ts";
import { readAsUser } from "#adapters/postgres/pool.ts";
import type { CashBalances } from "#contracts/cash.ts";
import type { LotMethod } from "#contracts/portfolios.ts";
import type { DisposalList, LotList, PositionList, ProfitAndLoss } from "#contracts/positions.ts";
import type { Transaction, TransactionInput, TransactionList } from "#contracts/transactions.ts";
import { add, formatMoney, money, multiply, price, quantity, ZERO_MONEY } from "#domain/amounts.ts";
import { roundDecimal } from "#domain/decimal.ts";
import type { RateTable } from "../scripts/vectors/read-options.ts";
import type { VectorFile, VectorRecord } from "../scripts/vectors/read-vector.ts";
import type { Answer, ApiClient } from "./api-client.ts";
import type { TestDatabase } from "./test-database.ts";
import { matchEverything } from "./trader.ts";

/*
 * A vector of kind `lots` in the running product: accounts are portfolios of one user; a split, which has no account, is
 * recorded in the first of them. What REST does not show is read from the database; api/vectors.int.test.ts says what.
 */

/** One run of a vector, and where it runs. */
export interface VectorRunning {
  readonly client: ApiClient;
  readonly database: TestDatabase;
  readonly file: VectorFile;
  readonly options: VectorRecord;
}

/** Every vector is in one currency. */
export function currencyOf(file: VectorFile): string {
  return String(file.transactions[0]?.["currency"]);
}

function ensure(isAsItShould: boolean, { status, text }: Answer): void {
  if (!isAsItShould) throw new Error(`the answer is ${status} ${text}`);
}

const timeOf = (record: VectorRecord) => Date.parse(String(record["time"]));

/** One run, as its user records it. */
export class PlayedVector {
  readonly #run: VectorRunning;
  readonly #portfolios = new Map<string, string>();
  readonly #uuids = new Map<string, string>();
  readonly #recorded = new Set<string>();
  readonly #refused: string[] = [];
  readonly #duplicates: string[] = [];

  constructor(run: VectorRunning) {
    this.#run = run;
  }

  /** Makes a portfolio for each account. */
  async open(): Promise<void> {
    const { options, file, client } = this.#run;
    const accounts = file.transactions.flatMap((each) => [each["account"], each["to_account"]]);
    for (const account of [...new Set(accounts.filter((name) => typeof name === "string"))].toSorted()) {
      const portfolio = await client.portfolio({
        name: account,
        baseCurrency:
          typeof options["base_currency"] === "string" ? options["base_currency"] : currencyOf(file),
        lotMethod: options["method"] as LotMethod,
        allowShort: options["allow_short"] === true,
        trackCash: true,
      });
      this.#portfolios.set(account, portfolio.id);
    }
  }

  /** Records and matches. Refused input is as good as rejected; of a repeated id the first stands. */
  async record(record: VectorRecord): Promise<void> {
    const vectorId = String(record["id"]);
    const input = this.#input(record);
    const answer = await this.#run.client.post<Transaction>("/transactions", input);
    if (this.#recorded.has(vectorId)) {
      ensure(answer.status === 409 && answer.text.includes("transaction-id-taken"), answer);
      this.#duplicates.push(vectorId);
    } else if (answer.status === 400) {
      this.#refused.push(vectorId);
    } else {
      ensure(answer.status === 201, answer);
      this.#recorded.add(vectorId);
      await this.#expectTheSameAgain(input, answer);
    }
    await matchEverything(this.#run.database.worker, [...this.#portfolios.values()]);
  }

  async #expectTheSameAgain(input: TransactionInput, first: Answer): Promise<void> {
    const again = await this.#run.client.post("/transactions", input);
    ensure(again.status === first.status && isDeepStrictEqual(again.body, first.body), again);
  }

  /** What the product shows, under the keys of a vector's `expected`. */
  async figures(): Promise<VectorRecord> {
    const { file } = this.#run;
    const accounts: AccountFigures[] = [];
    for (const [account, portfolioId] of this.#portfolios) {
      accounts.push(await readAccount(this.#run, { account, portfolioId, nameOf: (id) => this.#nameOf(id) }));
    }
    const rejected = [...this.#refused, ...accounts.flatMap((account) => account.rejected)];
    const inOrder = file.transactions.toSorted(
      (a, b) => timeOf(a) - timeOf(b) || Number(a["seq"]) - Number(b["seq"]),
    );
    return {
      ...addUp(accounts),
      // In the order of the ledger; the reasons are advisory.
      rejected: inOrder.map(({ id }) => ({ id })).filter(({ id }) => rejected.includes(String(id))),
      duplicates: this.#duplicates,
    };
  }

  #nameOf(uuid: string): string {
    return [...this.#uuids].find(([, id]) => id === uuid)?.[0] ?? uuid;
  }

  #uuidOf(vectorId: string): string {
    const uuid = this.#uuids.get(vectorId) ?? randomUUID();
    this.#uuids.set(vectorId, uuid);
    return uuid;
  }

  #input(record: VectorRecord): TransactionInput {
    const type = String(record["type"]).replaceAll("_", "-") as TransactionInput["type"];
    const lots = record["lots"] as readonly { lot: string; quantity: string }[] | undefined;
    const input: Record<string, unknown> = {
      id: this.#uuidOf(String(record["id"])),
      portfolioId: this.#portfolios.get(String(record["account"])) ?? [...this.#portfolios.values()][0],
      type,
      symbol: record["instrument"],
      toPortfolioId: this.#portfolios.get(String(record["to_account"])),
      lots: lots?.map((lot) => ({ lotId: this.#uuidOf(lot.lot), quantity: lot.quantity })),
      exchangeRate: this.#rateOf(type, record),
      tradedAt: record["time"],
      acquiredAt: record["acquired"],
      ...amountsOf(type, record),
    };
    const given = Object.entries(input).filter(([, value]) => value !== undefined);
    return Object.fromEntries(given) as unknown as TransactionInput;
  }

  /** ACCOUNTING 2.1 (8): the transaction's own, else the table's of the last date up to it. */
  #rateOf(type: TransactionInput["type"], record: VectorRecord): unknown {
    const { base_currency: base, fx } = this.#run.options;
    const currency = String(record["currency"]);
    if (!["buy", "sell", "transfer-in"].includes(type) || base === undefined || base === currency)
      return undefined;
    const table = (fx as RateTable | undefined)?.[currency] ?? {};
    const date = new Date(String(record["acquired"] ?? record["time"])).toISOString().slice(0, 10);
    const dates = Object.keys(table).filter((each) => each <= date);
    return record["fx_rate"] ?? table[dates.toSorted().at(-1) ?? ""];
  }
}

/** Amounts as the type takes them. p038 states a price of 58 decimals, which the product refuses: it is rounded to 18. */
function amountsOf(type: TransactionInput["type"], record: VectorRecord): VectorRecord {
  const { quantity: units, price: perUnit, cost } = record;
  const paid = () => formatMoney(multiply(quantity(String(units)), price(String(perUnit))));
  const isTrade = type === "buy" || type === "sell";
  const hasPart = isTrade || type.startsWith("transfer");
  return {
    quantity: hasPart ? units : undefined,
    price: isTrade ? roundDecimal(String(perUnit), 18) : undefined,
    amount: record["amount"] ?? (type === "dividend" ? paid() : undefined),
    costBasis: type === "transfer-in" ? (cost ?? paid()) : undefined,
    fees: record["fees"],
    tax: record["tax"],
    ratio: record["ratio"],
    currency: type === "split" || type === "transfer-out" ? undefined : record["currency"],
  };
}

interface Account {
  readonly account: string;
  readonly portfolioId: string;
  /** Leads from the product's ids to the vector's. */
  readonly nameOf: (id: string) => string;
}

type Row = Readonly<Record<string, string | null>>;

/** What one portfolio shows, in the words of a vector. */
interface AccountFigures {
  readonly account: string;
  readonly lots: readonly Row[];
  /** Shape: in order of the ledger within each account. */
  readonly disposals: readonly { readonly at: number; readonly rows: readonly Row[] }[];
  readonly positions: readonly Row[];
  readonly profits: ProfitAndLoss["items"];
  readonly hasBase: boolean;
  readonly cash: readonly { readonly currency: string; readonly balance: string }[];
  readonly beside: readonly {
    readonly currency: string;
    readonly interest: string;
    readonly expenses: string;
  }[];
  readonly rejected: readonly string[];
}

async function readAccount(run: VectorRunning, owner: Account): Promise<AccountFigures> {
  const { client, database, options } = run;
  const { account, portfolioId, nameOf } = owner;
  const get = async <Body>(path: string) => {
    const answer = await client.get<Body>(path);
    ensure(answer.status === 200, answer);
    return answer.body;
  };
  const base = `/portfolios/${portfolioId}`;
  const positions = await get<PositionList>(`${base}/positions`);
  if (positions.pending) throw new Error(`portfolio ${account} is not matched`);
  const profit = await get<ProfitAndLoss>(`${base}/pnl`);
  const lots: Row[] = [];
  for (const { symbol } of positions.items) {
    const { items } = await get<LotList>(`${base}/positions/${symbol}/lots`);
    lots.push(...items.map((lot) => lotRow(run, owner, lot)));
  }
  const disposals = await get<DisposalList>(`${base}/disposals?limit=500`);
  const ledger = await get<TransactionList>(`/transactions/portfolio/${portfolioId}?limit=500&order=oldest`);
  const { totals } = profit;
  const cash = await get<CashBalances>(`${base}/cash`);
  const beside = await readAsUser(database.api, client.userId, (trx) => readCashTotals(trx, portfolioId));
  return {
    account,
    lots,
    disposals: disposals.items.toReversed().map((disposal) => ({
      at: Date.parse(disposal.disposedAt),
      rows: disposalRows(run, owner, disposal),
    })),
    positions: positions.items.map((position) => positionRow(run, account, position)),
    profits: profit.items,
    hasBase: options["base_currency"] !== undefined,
    cash: cash.items,
    beside: [totals, ...beside.filter((row) => row.currency !== totals.currency)],
    rejected: ledger.items
      .filter(({ status }) => status === "rejected" || status === "needs-attention")
      .map(({ id }) => nameOf(id)),
  };
}

function lotRow(
  { options }: VectorRunning,
  { account, nameOf }: Account,
  lot: LotList["items"][number],
): Row {
  const isPool = options["method"] === "average";
  return {
    account,
    instrument: lot.symbol,
    lot: isPool ? null : nameOf(lot.id),
    opened: isPool ? null : lot.openedAt,
    quantity: (lot.side === "short" ? "-" : "") + roundDecimal(lot.remainingQuantity, 12),
    cost: lot.costBasis,
    unit_cost: lot.unitCost,
    ...(options["base_currency"] !== undefined && { base_cost: lot.baseCostBasis }),
  };
}

function disposalRows(
  { options }: VectorRunning,
  { account, nameOf }: Account,
  disposal: DisposalList["items"][number],
): Row[] {
  return disposal.slices.map((slice) => ({
    trade: nameOf(disposal.transactionId),
    lot: options["method"] === "average" ? null : nameOf(slice.lotId),
    account,
    instrument: disposal.symbol,
    side: disposal.side,
    quantity: roundDecimal(slice.quantity, 12),
    proceeds: slice.proceeds,
    cost: slice.costBasis,
    gain: slice.realizedGain,
    ...(options["base_currency"] !== undefined && {
      base_proceeds: slice.base.proceeds,
      base_cost: slice.base.costBasis,
      base_gain: slice.base.realizedGain,
      fx_gain: slice.base.exchangeGain,
    }),
  }));
}

function positionRow(
  { options }: VectorRunning,
  account: string,
  position: PositionList["items"][number],
): Row {
  return {
    account,
    instrument: position.symbol,
    currency: position.currency,
    quantity: roundDecimal(position.quantity, 12),
    cost_basis: position.costBasis,
    average_cost: position.averageCost,
    ...(options["base_currency"] !== undefined && { base_cost_basis: position.base.costBasis }),
    ...(position.marketValue !== null && {
      market_value: position.marketValue,
      unrealized: position.unrealizedGain,
    }),
  };
}

function addUp(accounts: readonly AccountFigures[]): VectorRecord {
  const disposals = accounts
    .flatMap((account) => account.disposals)
    .toSorted((a, b) => a.at - b.at)
    .flatMap(({ rows }) => rows);
  const profits = [
    ...Map.groupBy(
      accounts.flatMap((account) => account.profits),
      ({ symbol }) => symbol,
    ).values(),
  ].toSorted(([a], [b]) => (a!.symbol < b!.symbol ? -1 : 1));
  const perInstrument = (of: (rows: ProfitAndLoss["items"]) => Row): Row[] =>
    profits.map((rows) => ({ instrument: rows[0]!.symbol, currency: rows[0]!.currency, ...of(rows) }));
  const sold = Map.groupBy(disposals, (row) => row["instrument"]);
  return {
    open_lots: accounts.flatMap((account) => account.lots),
    disposals,
    disposal_count: disposals.length,
    disposals_sha256: fingerprintOf(disposals),
    positions: accounts.flatMap((account) => account.positions),
    realized: perInstrument((rows) => ({
      gain: sumOf(rows.map((row) => row.realizedGain)),
      ...(accounts[0]?.hasBase === true && baseGainOf(sold.get(rows[0]!.symbol) ?? [])),
    })).filter((row) => sold.has(row["instrument"])),
    income: perInstrument((rows) => ({
      dividends: sumOf(rows.map((row) => row.income)),
      withheld: sumOf(rows.map((row) => row.withheldTax)),
    })).filter((row) => row["dividends"] !== "0" || row["withheld"] !== "0"),
    trade_fees: perInstrument((rows) => ({ fees: sumOf(rows.map((row) => row.fees)) })).filter(
      (row) => row["fees"] !== "0",
    ),
    interest: totalsOf(accounts, (row) => row.interest),
    expenses: totalsOf(accounts, (row) => row.expenses),
    cash: accounts.flatMap(({ account, cash }) =>
      cash.map(({ currency, balance }) => ({ account, currency, balance })),
    ),
  };
}

function totalsOf(
  accounts: readonly AccountFigures[],
  amountOf: (row: AccountFigures["beside"][number]) => string,
): Row {
  const rows = Map.groupBy(
    accounts.flatMap((account) => account.beside),
    ({ currency }) => currency,
  );
  const totals = [...rows].map(([currency, group]) => [currency, sumOf(group.map(amountOf))] as const);
  return Object.fromEntries(totals.filter(([, total]) => total !== "0"));
}

function baseGainOf(rows: readonly Row[]): Row {
  const sum = (key: string) => sumOf(rows.map((row) => row[key]!));
  return { base_gain: sum("base_gain"), fx_gain: sum("fx_gain") };
}

function sumOf(texts: readonly string[]): string {
  return roundDecimal(formatMoney(texts.map((each) => money(each)).reduce(add, ZERO_MONEY)), 8);
}

/** ACCOUNTING section 4, `disposals_sha256`. */
function fingerprintOf(rows: readonly Row[]): string {
  const columns = ["trade", "lot", "account", "instrument", "side", "quantity", "proceeds", "cost", "gain"];
  const hash = createHash("sha256");
  for (const row of rows) hash.update(`${columns.map((column) => row[column] ?? "").join("|")}\n`);
  return hash.digest("hex");
}
