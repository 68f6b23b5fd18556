import { queryOptions } from "@tanstack/react-query";
import type { WhatIf, WhatIfInput } from "#contracts/planning.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { isPassing, send } from "#web/http/send.ts";

/** Without a price of its own the answer follows the live one. */
const REREAD_EVERY_MS = 5_000;

/** What a sale would come to; nothing is recorded by asking. A question that is out of date is cancelled. */
export const whatIfQuery = (portfolioId: string, question: WhatIfInput | undefined) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "what-if", question],
    queryFn: ({ signal }) =>
      send<WhatIf>("POST", `/portfolios/${portfolioId}/what-if`, { body: question, signal }),
    enabled: question !== undefined,
    refetchInterval: ({ state }) =>
      question?.price === undefined && state.status === "success" ? REREAD_EVERY_MS : false,
    // The figures of the question before stay in place until the new ones are there, unless they are of something else.
    placeholderData: (previous) => (previous?.symbol === question?.symbol ? previous : undefined),
    retry: (failures, error) => failures < 1 && isPassing(error),
  });
