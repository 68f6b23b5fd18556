export const COMMON_CURRENCIES = [
  "USD",
  "EUR",
  "GBP",
  "CHF",
  "JPY",
  "CAD",
  "AUD",
  "SEK",
  "NOK",
  "DKK",
  "INR",
  "SGD",
];

const NAME_LENGTH_MAX = 80;

export function checkPortfolioName(name: string): string | null {
  if (name.trim() === "") return "Give the portfolio a name.";
  return name.trim().length > NAME_LENGTH_MAX ? `Use at most ${NAME_LENGTH_MAX} characters.` : null;
}

export const checkCurrency = (currency: string): string | null =>
  /^[A-Za-z]{3}$/.test(currency) ? null : "A currency code has three letters, such as USD.";
