/**
 * Decimal strings as a reader of this locale writes them.
 *
 * `Intl.NumberFormat` takes a decimal string exactly, digit by digit; a JavaScript number would already have lost the
 * tail. Everything here is for the eye: the exact value stays available in the title and in what is copied.
 */

type DecimalText = Intl.StringNumericLiteral;

const formats = new Map<string, Intl.NumberFormat>();

/** Building a NumberFormat costs more than using it a thousand times, so each is built once. */
function format(value: string, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options);
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat(undefined, options);
    formats.set(key, found);
  }
  // The true minus sign is as wide as the plus, so signed columns line up.
  return found.format(value as DecimalText).replace("-", "\u2212");
}

export interface MoneyStyle {
  /** With the currency's symbol. Columns name their currency once, in the heading or beside it. */
  readonly symbol?: boolean;
  /** With a plus sign on gains. */
  readonly signed?: boolean;
}

/** An amount with as many decimals as its currency has: 1,234.50 for USD, 1,235 for JPY. */
export function formatMoney(value: string, currency: string, style: MoneyStyle = {}): string {
  const digits = currencyDigits(currency);
  const options: Intl.NumberFormatOptions = {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: style.signed === true ? "exceptZero" : "negative",
  };
  if (style.symbol !== true) return format(value, options);
  return format(value, { ...options, style: "currency", currency, currencyDisplay: "narrowSymbol" });
}

/** A price per unit: the currency's decimals, so that columns line up, and up to six where it is below one. */
export function formatPrice(value: string, currency: string): string {
  const digits = currencyDigits(currency);
  const finest = isBelowOne(value) ? Math.max(digits, 6) : digits;
  return format(value, { minimumFractionDigits: digits, maximumFractionDigits: finest });
}

/** The cost of one unit: fees make it uneven, and rounded to cents it would not multiply back to the cost. */
export const formatUnitCost = (value: string, currency: string) =>
  format(value, { minimumFractionDigits: currencyDigits(currency), maximumFractionDigits: 6 });

/** Units held: whole shares without decimals, fractions with as many as they have, up to eight. */
export const formatQuantity = (value: string) => format(value, { maximumFractionDigits: 8 });

/** A percentage as the wire has it: "12.5" is twelve and a half per cent. */
export const formatPercent = (value: string, signed = false) =>
  format(value, {
    style: "unit",
    unit: "percent",
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: signed ? "exceptZero" : "negative",
  });

/** A share of a whole as the wire has it: "0.125" is twelve and a half per cent. */
export const formatShare = (value: string) =>
  format(value, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

const decimalPoint =
  new Intl.NumberFormat().formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** A formatted figure in pieces that end behind a thousands separator; what is behind the point stays with the last. */
export function splitAtThousands(text: string): string[] {
  const pointAt = text.lastIndexOf(decimalPoint);
  const whole = pointAt < 0 ? text : text.slice(0, pointAt);
  const groups = whole.split(/(?<=\d[^\d])(?=\d)/);
  return [...groups.slice(0, -1), (groups.at(-1) ?? "") + text.slice(whole.length)];
}

const dates = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const times = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const exactTimes = new Intl.DateTimeFormat(undefined, {
  dateStyle: "full",
  timeStyle: "long",
});

/** A day without a time is the same day everywhere; read as an instant it would be the day before in New York. */
const civilDates = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export const formatCivilDate = (date: string) => civilDates.format(new Date(`${date}T00:00:00Z`));
export const formatDate = (instant: string) => dates.format(new Date(instant));
export const formatDateTime = (instant: string) => times.format(new Date(instant));
export const formatExactTime = (instant: string) => exactTimes.format(new Date(instant));

/** How long ago, in the fewest characters that still tell: "now", "42 s", "5 min", "3 h", then the date. */
export function formatAge(instant: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(instant)) / 1000));
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds - (seconds % 5)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return formatDate(instant);
}

const isBelowOne = (value: string) => /^-?0(\.|$)/.test(value);

const digitsByCurrency = new Map<string, number>();

function currencyDigits(currency: string): number {
  const known = digitsByCurrency.get(currency);
  if (known !== undefined) return known;
  const options = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  const digits = options.maximumFractionDigits ?? 2;
  digitsByCurrency.set(currency, digits);
  return digits;
}
