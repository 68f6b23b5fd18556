import type { Fields } from "./books.ts";

/** A history and the options to evaluate it under. The same seed gives the same history, on every machine. */
export interface History {
  readonly seed: number;
  readonly transactions: readonly Fields[];
  readonly options: Fields;
}

/**
 * Returns a random history: small numbers, so that ties, exact liquidations, crossings of zero and rejections
 * are frequent; two accounts, three instruments, every type of transaction; out of order, some arriving twice.
 */
export function randomHistory(seed: number): History {
  const random = generator(seed);
  const pick = <Value>(...values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
  const chance = (probability: number) => random() < probability;
  const count = 4 + Math.floor(random() * 26);
  const hasBase = chance(0.4);
  const makers = { pick, chance, random, isWide: chance(0.2), hasBase };
  const transactions = Array.from({ length: count }, (_, index) => transaction(index, count, makers));
  const arrived = transactions.toSorted(() => random() - 0.5);
  if (chance(0.2)) arrived.push(pick(...transactions));
  return {
    seed,
    transactions: arrived,
    options: {
      method: pick("fifo", "lifo", "hifo", "average", "specific"),
      allow_short: chance(0.5),
      ...(hasBase && {
        base_currency: "EUR",
        fx: { USD: { "2024-01-02": "0.9", "2024-01-09": "0.875", "2024-01-16": "0.93" } },
      }),
    },
  };
}

type Makers = {
  readonly pick: <Value>(...values: readonly Value[]) => Value;
  readonly chance: (probability: number) => boolean;
  readonly random: () => number;
  /** Also amounts of many digits. */
  readonly isWide: boolean;
  readonly hasBase: boolean;
};

function transaction(index: number, count: number, makers: Makers): Fields {
  const { pick, chance, random } = makers;
  const type = pick(...TYPES);
  const day = 1 + Math.floor((25 * (index + 3 * random())) / count);
  const common = {
    id: `t${index}`,
    seq: index + 1,
    time: `2024-01-${String(Math.min(day, 28)).padStart(2, "0")}T${pick("10", "10", "12")}:00:00Z`,
    type,
    account: pick("a", "a", "b"),
    currency: chance(0.03) ? "CHF" : "USD",
    ...(makers.hasBase && chance(0.3) && { fx_rate: pick("0.9", "0.91", "1.1") }),
  };
  const instrument = pick("X", "X", "Y", "Z");
  const lots =
    chance(0.12) && index > 2
      ? {
          lots: Array.from({ length: pick(1, 1, 2) }, () => ({
            lot: `t${Math.floor(random() * index)}`,
            quantity: pick("1", "2", "3", "5"),
          })),
        }
      : {};
  return { ...common, ...fieldsOf(type, instrument, makers), ...(PICKING.includes(type) && lots) };
}

const TYPES = [
  ...Array<string>(9).fill("buy"),
  ...Array<string>(8).fill("sell"),
  ...[
    "split",
    "split",
    "transfer",
    "transfer",
    "transfer",
    "transfer_in",
    "transfer_out",
    "dividend",
    "interest",
  ],
  ...[
    "fee",
    "tax",
    "deposit",
    "withdrawal",
    "cash",
    "return_of_capital",
    "spin_off",
    "merger",
    "symbol_change",
  ],
];
const PICKING = ["sell", "buy", "transfer", "transfer_out"];

function fieldsOf(type: string, instrument: string, makers: Makers): Fields {
  const { pick, chance } = makers;
  const quantity = quantityBy(makers);
  const price =
    makers.isWide && chance(0.3)
      ? pick("99.123456789012345678", "0.000000000000000001")
      : pick("10", "10", "12", "7.5", "0", "33.33");
  const fees = pick("0", "0", "0", "1", "0.5", "2", "-1");
  const other = pick("a", "b", "b");
  const ratio = pick("2:1", "3:1", "1:3", "3:2", "1:10", "7:3", "1:1", "0:1");
  switch (type) {
    case "buy":
    case "sell":
      return { instrument, quantity, price, fees };
    case "split":
      return { instrument, ratio };
    case "transfer":
      return { instrument, quantity, to_account: other, fees: pick("0", "0", "1") };
    case "transfer_in":
      return {
        instrument,
        quantity,
        ...(chance(0.5) ? { cost: pick("0", "10", "100", "33.33") } : { price }),
        ...(chance(0.6) && {
          acquired: pick("2024-01-03T00:00:00Z", "2023-12-01T00:00:00Z", "2024-01-11T10:00:00Z"),
        }),
      };
    case "transfer_out":
      return { instrument, quantity };
    case "dividend":
      return {
        instrument,
        ...(chance(0.5) ? { amount: pick("5", "-2", "0.37") } : { quantity: "3", price: "0.4" }),
        tax: pick("0", "1"),
        fees: pick("0", "0.1"),
      };
    case "cash":
      return { type: "transfer", to_account: other, amount: pick("5", "0") };
    case "return_of_capital":
      return { instrument, amount: pick("5", "10", "50", "1", "0") };
    case "spin_off":
      return {
        instrument,
        to_instrument: pick("W", "Y", "Z"),
        ratio,
        cost_share: pick("0.2", "0.25", "0.333333", "0", "1", "1.5"),
      };
    case "merger":
      return {
        instrument,
        to_instrument: pick("Y", "Z", "W"),
        ratio,
        ...(chance(0.4) && {
          cash_per_share: pick("1", "3", "0"),
          cash_cost_share: pick("0.25", "0.1", "1", "0"),
        }),
      };
    case "symbol_change":
      return { instrument, to_instrument: pick("Y", "Z", "V") };
    default:
      return { amount: pick("1", "2.5", "-1", "0.01") };
  }
}

function quantityBy({ pick, chance, isWide }: Makers): string {
  if (isWide && chance(0.3))
    return pick("0.000000000000000001", "12345678901234567890", "1.234567890123456789");
  return pick("1", "2", "3", "4", "5", "6", "10", "10", "0.5", "1.5", "0.333", "0");
}

/** Returns numbers from 0 to 1 that look random: mulberry32. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
