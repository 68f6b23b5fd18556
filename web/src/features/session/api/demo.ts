import { queryOptions } from "@tanstack/react-query";
import type { Credentials } from "#contracts/accounts.ts";
import { send } from "#web/http/send.ts";

/** The demo account, where the server offers one; production answers 404 and the hint stays away. */
export const demoQuery = queryOptions({
  queryKey: ["demo"],
  queryFn: ({ signal }) =>
    send<Credentials>("GET", "/demo", { anonymous: true, signal }).catch((): Credentials | null => null),
  staleTime: Infinity,
  retry: false,
});
