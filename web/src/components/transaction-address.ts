/** Where a transaction is shown, with all its versions. */
export const transactionAddress = ({
  portfolioId,
  transactionId,
}: {
  readonly portfolioId: string;
  readonly transactionId: string;
}): string => `/portfolios/${portfolioId}/transactions?transaction=${transactionId}`;
