import {
  readHistories,
  readKeys,
  readSplitsElsewhere,
  readStoredPositions,
  type KeyLink,
  type LedgerVersion,
  type LockedPortfolio,
  type MatchingKey,
  type StoredPosition,
} from "#adapters/postgres/matching-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { gatherLots, indexByKey, type WithoutLots } from "./gather-lots.ts";
import { keyName, keyOfVersion, type MatchWork, type Rebuild } from "./match-work.ts";

/** What a batch is about, as read under the portfolios' locks. */
export interface Batch {
  /** Those with news, and those that transfers tie to them. */
  readonly portfolios: ReadonlyMap<string, LockedPortfolio>;
  /** Those of them whose every key is replayed: their rules changed, or what is stored is not to be trusted. */
  readonly anew: readonly string[];
  /** Shape: by portfolio, then sequence. */
  readonly unmatched: readonly LedgerVersion[];
  /** Where each portfolio's figures will stand. */
  readonly applied: ReadonlyMap<string, number>;
  readonly links: readonly KeyLink[];
}

/** What is to be done, before what it takes is read. */
export interface PlannedWork {
  readonly appends: readonly WithoutLots[];
  /** Groups of keys that hang together, to be replayed. */
  readonly components: readonly (readonly MatchingKey[])[];
  /** The keys among them that have to be, by name; the others are replayed with them. */
  readonly rebuilt: ReadonlySet<string>;
}

/** Decides for each key with news whether it is continued or replayed. */
export async function planWork(trx: Trx, batch: Batch): Promise<PlannedWork> {
  const news = Map.groupBy(batch.unmatched, (version) => keyName(keyOfVersion(version)));
  const keys = new Map<string, MatchingKey>();
  for (const version of batch.unmatched) keys.set(keyName(keyOfVersion(version)), keyOfVersion(version));
  const rebuilt = new Map<string, MatchingKey>();
  if (batch.anew.length > 0) {
    const tied = keysTiedIn(batch.links, new Set(batch.anew));
    for (const key of [...(await readKeys(trx, batch.anew)), ...tied]) rebuilt.set(keyName(key), key);
  }
  const positions = indexByKey(await readStoredPositions(trx, [...keys.values()]));
  const links = linksOf(batch);
  const appends: WithoutLots[] = [];
  for (const [name, key] of keys) {
    const unordered = news.get(name)!;
    const versions = unordered.length === 1 ? unordered : unordered.toSorted(ledgerOrder);
    const position = positions.get(name)?.[0];
    if (!rebuilt.has(name) && canAppend(position, versions, links.has(name))) {
      const portfolio = batch.portfolios.get(key.portfolioId)!;
      appends.push({ kind: "append", portfolio, key, versions, position });
    } else {
      rebuilt.set(name, key);
    }
  }
  const splits = await readSplitsElsewhere(trx, [
    ...rebuilt.values(),
    ...appends.filter((append) => append.position === undefined).map((append) => append.key),
  ]);
  // A split that was recorded elsewhere before this portfolio had the instrument.
  for (const split of splits) {
    const key = { portfolioId: split.key_portfolio_id, instrumentId: split.instrument_id };
    rebuilt.set(keyName(key), key);
  }
  const components = componentsOf(rebuilt, links);
  const replayed = new Set(components.flat().map(keyName));
  const continued = appends.filter((append) => !replayed.has(keyName(append.key)));
  return { appends: continued, components, rebuilt: new Set(rebuilt.keys()) };
}

/** Reads what each key needs, all keys of a kind in one statement. */
export async function gatherWork(trx: Trx, batch: Batch, plan: PlannedWork): Promise<MatchWork[]> {
  const lots = await gatherLots(trx, plan.appends);
  return [
    ...plan.appends.map((append) => ({ ...append, lots: lots.get(keyName(append.key)) ?? [] })),
    ...(await gatherRebuilds(trx, plan.components, batch)),
  ];
}

/** Keys of the portfolios that something ties to others: what came in is a key also where nothing was recorded in it. */
export function keysTiedIn(links: readonly KeyLink[], portfolioIds: ReadonlySet<string>): MatchingKey[] {
  return links.flatMap(({ from, to }) => [from, to]).filter((key) => portfolioIds.has(key.portfolioId));
}

/** Reads the whole story of keys that hang, or once hung, together, and divides them by what hangs together now. */
export async function gatherRebuilds(
  trx: Trx,
  components: readonly (readonly MatchingKey[])[],
  batch: Pick<Batch, "portfolios" | "applied">,
): Promise<Rebuild[]> {
  const keys = components.flat();
  const histories = indexByKey<LedgerVersion>(
    await readHistories(
      trx,
      keys.map((key) => ({ ...key, upTo: batch.applied.get(key.portfolioId)! })),
    ),
  );
  const splits = Map.groupBy(await readSplitsElsewhere(trx, keys), (split) =>
    keyName({ portfolioId: split.key_portfolio_id, instrumentId: split.instrument_id }),
  );
  // A tie that was edited away or withdrawn is no reason for one key to follow from another any more.
  const ties = [...histories.values()].flat().filter(tiesKeys).map(tieOf);
  const groups = componentsOf(new Map(keys.map((key) => [keyName(key), key])), neighboursOf(ties));
  return groups.map((group) => ({
    kind: "rebuild",
    portfolios: batch.portfolios,
    keys: group,
    versions: versionsOf(group, histories, splits),
  }));
}

/** All that concerns keys that hang together. Shape: no transaction twice. */
function versionsOf(
  keys: readonly MatchingKey[],
  histories: ReadonlyMap<string, readonly LedgerVersion[]>,
  splits: ReadonlyMap<string, readonly LedgerVersion[]>,
): LedgerVersion[] {
  const own = keys.flatMap((key) => histories.get(keyName(key)) ?? []);
  // Without a transaction there is nothing that a split could change.
  if (own.length === 0) return [];
  const names = new Set(keys.map(keyName));
  // Of a split in the group itself the history knows the newest version, which may not be applied elsewhere yet.
  const elsewhere = keys
    .flatMap((key) => splits.get(keyName(key)) ?? [])
    .filter((split) => !names.has(keyName(keyOfVersion(split))));
  return [...own, ...new Map(elsewhere.map((split) => [split.id, split])).values()];
}

/** The neighbours of each key that has any, by what is matched: also by versions that stand no longer. */
export function linksOf(
  batch: Pick<Batch, "links" | "applied">,
): ReadonlyMap<string, readonly MatchingKey[]> {
  return neighboursOf(
    batch.links.filter(({ from, sequence }) => sequence <= (batch.applied.get(from.portfolioId) ?? 0)),
  );
}

function neighboursOf(
  ties: readonly Pick<KeyLink, "from" | "to">[],
): ReadonlyMap<string, readonly MatchingKey[]> {
  const neighbours = new Map<string, MatchingKey[]>();
  const add = (key: MatchingKey, neighbour: MatchingKey) => {
    const known = neighbours.get(keyName(key));
    if (known === undefined) neighbours.set(keyName(key), [neighbour]);
    else known.push(neighbour);
  };
  for (const { from, to } of ties) {
    add(from, to);
    add(to, from);
  }
  return neighbours;
}

/** Groups keys with all that hangs together with them. Shape: no key twice. */
export function componentsOf(
  keys: ReadonlyMap<string, MatchingKey>,
  links: ReadonlyMap<string, readonly MatchingKey[]>,
): MatchingKey[][] {
  const seen = new Set<string>();
  const components: MatchingKey[][] = [];
  for (const first of keys.values()) {
    const component: MatchingKey[] = [];
    const waiting = [first];
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      if (seen.has(keyName(key))) continue;
      seen.add(keyName(key));
      component.push(key);
      waiting.push(...(links.get(keyName(key)) ?? []));
    }
    if (component.length > 0) components.push(component);
  }
  return components;
}

/**
 * Whether everything new comes later, in ledger order, than everything matched, and concerns this key alone. A key that
 * is tied to others and has no currency yet might be given one by them.
 */
function canAppend(
  position: StoredPosition | undefined,
  versions: readonly LedgerVersion[],
  isTied: boolean,
): boolean {
  if (versions.some((version) => version.version > 1 || tiesKeys(version))) return false;
  const first = versions[0];
  if (first === undefined) return true;
  if ((position?.currency ?? null) === null && isTied) return false;
  if (position === undefined) return true;
  if (first.traded_at === position.last_traded_at) return first.order_sequence > position.last_order_sequence;
  return Date.parse(first.traded_at) > Date.parse(position.last_traded_at);
}

function tiesKeys(version: LedgerVersion): boolean {
  return version.to_portfolio_id !== null || version.to_instrument_id !== null;
}

function tieOf(version: LedgerVersion): Pick<KeyLink, "from" | "to"> {
  const from = keyOfVersion(version);
  const portfolioId = version.to_portfolio_id ?? from.portfolioId;
  return { from, to: { portfolioId, instrumentId: version.to_instrument_id ?? from.instrumentId } };
}

export function ledgerOrder(a: LedgerVersion, b: LedgerVersion): number {
  return Date.parse(a.traded_at) - Date.parse(b.traded_at) || a.order_sequence - b.order_sequence;
}
