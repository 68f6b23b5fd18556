import { useQuery } from "@tanstack/react-query";
import { portfoliosQuery } from "#web/features/portfolios/api/portfolio-queries.ts";

/** The names of all portfolios, archived ones too, by id. Empty until they are read. */
export const usePortfolioNames = (): ReadonlyMap<string, string> =>
  useQuery({ ...portfoliosQuery, select: namesOf }).data ?? NONE;

const NONE: ReadonlyMap<string, string> = new Map();

const namesOf = ({
  items,
}: {
  items: readonly { id: string; name: string }[];
}): ReadonlyMap<string, string> => new Map(items.map(({ id, name }) => [id, name]));
