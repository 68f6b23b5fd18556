/*
 * What always holds of what is stored, as questions to PostgreSQL: each law is a query for what breaks it.
 *
 * Nothing here is computed the way matching computes it. Sums are taken of rows that matching wrote one by one, amounts
 * are taken from the ledger by a formula of one line, and where a share has to be rounded, PostgreSQL's own arithmetic
 * rounds it (share_of in migrations/0010). So a law and the matcher can only be wrong about the same figure by two
 * mistakes. What a law cannot see, such as which lot was sold, a replay does (use-cases/check-rebuild.ts).
 *
 * Every query is about some portfolios and sees one moment; a portfolio that is behind is judged by where it stands.
 */
import { sql, type RawBuilder } from "kysely";
import type { Trx } from "./pool.ts";

/** Something that breaks a law. Shape: `portfolioId` null where it is nobody's. */
export interface Breach {
  readonly portfolioId: string | null;
  readonly law: string;
  /** What breaks it: "position ACME", "transaction 0193…". */
  readonly subject: string;
  readonly expected: string | null;
  readonly found: string | null;
}

interface BreachRow {
  readonly portfolio_id: string;
  readonly subject: string;
  readonly expected: string | null;
  readonly found: string | null;
}

/** Of each law no more than so many breaches are told at once: what is wrong everywhere is wrong once. */
const BREACHES_PER_LAW_MAX = 100;

/** Asks all laws about the portfolios. Shape: by law; empty when all is well. */
export async function findBreaches(trx: Trx, portfolioIds: readonly string[]): Promise<Breach[]> {
  const breaches: Breach[] = [];
  for (const [law, query] of Object.entries(LAWS)) {
    const { rows } = await sql<BreachRow>`
      select breach.* from (${query(sql`any (${[...portfolioIds]}::uuid[])`)}) breach
      limit ${BREACHES_PER_LAW_MAX}`.execute(trx);
    breaches.push(...rows.map(({ portfolio_id: portfolioId, ...row }) => ({ portfolioId, law, ...row })));
  }
  return breaches;
}

/** `ours` is an `any (…)` of the portfolios. */
type Law = (ours: RawBuilder<unknown>) => RawBuilder<unknown>;

const symbolOf = (column: string) =>
  sql`coalesce((select symbol from instrument where id = ${sql.ref(column)}), ${sql.ref(column)}::text)`;

/** Signed as the holding is. */
const SIGN = sql`case l.side when 'long' then 1 else -1 end`;
const CONSUMED = sql`l.original_quantity - l.remaining_quantity`;

/** The newest version of each transaction that is matched and stands, of some portfolios, unless it was rejected. */
const standing = (condition: RawBuilder<unknown>) => sql`
  select c.* from (
    select distinct on (t.portfolio_id, t.id) t.*
    from transaction t join portfolio_state s on s.portfolio_id = t.portfolio_id and t.sequence <= s.applied_sequence
    where ${condition}
    order by t.portfolio_id, t.id, t.version desc
  ) c
  where not c.withdrawn
    and not exists (select from rejection r where r.portfolio_id = c.portfolio_id and r.transaction_id = c.id)`;

/** What is recorded and how far it is matched are known of every portfolio. */
const progressIsKnown: Law = (ours) => sql`
  select p.id as portfolio_id, 'progress' as subject, 'a head and a state' as expected,
    concat_ws(' and ', case when h.portfolio_id is not null then 'a head' end,
      case when s.portfolio_id is not null then 'a state' end) as found
  from portfolio p
  left join ledger_head h on h.portfolio_id = p.id
  left join portfolio_state s on s.portfolio_id = p.id
  where p.id = ${ours} and (h.portfolio_id is null or s.portfolio_id is null)`;

/** Nobody wrote to the ledger but at its end, and matching is not past it. */
const sequenceIsGapless: Law = (ours) => sql`
  select h.portfolio_id, 'ledger' as subject, h.head_sequence || ' versions, 1 to ' || h.head_sequence as expected,
    t.count || ' versions up to ' || t.last as found
  from ledger_head h
  cross join lateral (
    select count(*) as count, coalesce(max(t.sequence), 0) as last from transaction t where t.portfolio_id = h.portfolio_id
  ) t
  where h.portfolio_id = ${ours} and (t.count <> h.head_sequence or t.last <> h.head_sequence)`;

const versionsCountUp: Law = (ours) => sql`
  select t.portfolio_id, 'transaction ' || t.id as subject, 'versions 1 to ' || max(t.version) as expected,
    count(*) || ' versions at ' || count(distinct t.order_sequence) || ' places' as found
  from transaction t where t.portfolio_id = ${ours}
  group by t.portfolio_id, t.id
  having count(*) <> max(t.version) or count(distinct t.order_sequence) > 1`;

const appliedIsRecorded: Law = (ours) => sql`
  select s.portfolio_id, 'figures' as subject, 'at most sequence ' || h.head_sequence as expected,
    'sequence ' || s.applied_sequence as found
  from portfolio_state s join ledger_head h on h.portfolio_id = s.portfolio_id
  where s.portfolio_id = ${ours} and s.applied_sequence > h.head_sequence`;

/** What is held is what is left of lots, all counted in the same parts of a share. */
const quantityIsInLots: Law = (ours) => sql`
  select k.portfolio_id, 'position ' || ${symbolOf("k.instrument_id")} as subject,
    k.quantity || ' of unit ' || k.unit as expected, k.in_lots || ' of unit ' || coalesce(k.units, '-') as found
  from (
    select coalesce(p.portfolio_id, l.portfolio_id) as portfolio_id,
      coalesce(p.instrument_id, l.instrument_id) as instrument_id, coalesce(p.quantity, 0) as quantity,
      coalesce(p.unit, 1) as unit, coalesce(l.quantity, 0) as in_lots, l.units
    from (select * from position where portfolio_id = ${ours}) p
    full join (
      select l.portfolio_id, l.instrument_id, sum(${SIGN} * l.remaining_quantity) as quantity,
        string_agg(distinct l.unit::text, ' and ') as units
      from tax_lot l where l.portfolio_id = ${ours} and l.is_open
      group by l.portfolio_id, l.instrument_id
    ) l on l.portfolio_id = p.portfolio_id and l.instrument_id = p.instrument_id
  ) k
  where k.quantity <> k.in_lots or k.units <> k.unit::text`;

/** What it cost is what is left of the lots' costs, in both currencies. */
const costIsInLots: Law = (ours) => sql`
  select p.portfolio_id, 'position ' || ${symbolOf("p.instrument_id")} as subject,
    concat_ws(' and ', p.cost_basis, p.base_cost_basis) as expected,
    concat_ws(' and ', trim_scale(l.cost), case when p.base_cost_basis is not null then trim_scale(l.base_cost) end) as found
  from position p
  cross join lateral (
    select
      coalesce(sum(${SIGN} * (l.original_cost - share_of(l.original_cost, ${CONSUMED}, l.original_quantity))), 0) as cost,
      coalesce(sum(${SIGN} * (l.original_base_cost
        - share_of(l.original_base_cost, ${CONSUMED}, l.original_quantity))), 0) as base_cost
    from tax_lot l where l.portfolio_id = p.portfolio_id and l.instrument_id = p.instrument_id and l.is_open
  ) l
  where p.portfolio_id = ${ours} and (p.cost_basis <> l.cost or p.base_cost_basis <> l.base_cost)`;

/**
 * What was taken from a lot and what is left of it are what it was opened with. Only of instruments that were bought and
 * sold and nothing else: splits, transfers and the like start a lot afresh, and a pool starts afresh with every purchase.
 */
const lotsAreDividedUp: Law = (ours) => sql`
  select l.portfolio_id, 'lot ' || l.id || ' of ' || ${symbolOf("l.instrument_id")} as subject,
    l.original_quantity || ' for ' || l.original_cost as expected,
    l.remaining_quantity + l.taken || ' for ' || l.rest + l.taken_cost as found
  from (
    select g.portfolio_id, g.instrument_id, g.id, g.original_quantity, g.original_cost, g.remaining_quantity, g.taken,
      case g.side when 'long' then g.cost_basis else g.proceeds end as taken_cost,
      g.original_cost
        - share_of(g.original_cost, g.original_quantity - g.remaining_quantity, g.original_quantity) as rest
    from (
      -- Lots and what was taken from them in one list: a join would be planned for the few rows of a new table.
      select portfolio_id, instrument_id, id, max(side) as side, sum(original_quantity) as original_quantity,
        sum(original_cost) as original_cost, sum(remaining_quantity) as remaining_quantity, sum(taken) as taken,
        sum(cost_basis) as cost_basis, sum(proceeds) as proceeds
      from (
        select portfolio_id, instrument_id, id, side, original_quantity, original_cost, remaining_quantity, 0 as taken,
          0 as cost_basis, 0 as proceeds
        from tax_lot where portfolio_id = ${ours}
        union all
        select portfolio_id, instrument_id, lot_id, null, 0, 0, 0, quantity, cost_basis, proceeds
        from disposal_slice where portfolio_id = ${ours}
      ) part
      group by portfolio_id, instrument_id, id
    ) g
    where g.side is not null
  ) l
  join (
    select k.portfolio_id, k.instrument_id
    from position k join portfolio f on f.id = k.portfolio_id
    where k.portfolio_id = ${ours} and f.lot_method <> 'average'
      and not exists (
        select from transaction t
        where t.portfolio_id = k.portfolio_id and coalesce(t.instrument_id, 0) = k.instrument_id
          and t.type not in ('buy', 'sell', 'dividend'))
      and not exists (
        select from transaction t where t.portfolio_id = k.portfolio_id and t.to_instrument_id = k.instrument_id)
      and not exists (
        select from transaction t where t.to_portfolio_id = k.portfolio_id and t.instrument_id = k.instrument_id)
      and not exists (
        select from portfolio other join transaction t on t.portfolio_id = other.id
        where other.owner_id = f.owner_id and t.instrument_id = k.instrument_id and t.type = 'split')
  ) plain on plain.portfolio_id = l.portfolio_id and plain.instrument_id = l.instrument_id
  where l.original_quantity <> l.remaining_quantity + l.taken or l.original_cost <> l.rest + l.taken_cost`;

/** Gains are those of disposals. A change of symbol moves gains to the new one: then those of a currency together. */
const gainIsOfDisposals: Law = (ours) => sql`
  with named as (
    select p.portfolio_id, p.instrument_id,
      case when exists (
        select from transaction t where t.portfolio_id = p.portfolio_id and t.type = 'symbol-change'
      ) then 'positions in ' || coalesce(p.currency, 'no currency') else 'position ' || ${symbolOf("p.instrument_id")} end as subject,
      p.realized_gain, p.base_realized_gain, p.exchange_gain
    from position p where p.portfolio_id = ${ours}
  ), gained as (
    select portfolio_id, subject, sum(realized_gain) as gain, sum(base_realized_gain) as base_gain,
      sum(exchange_gain) as exchange_gain
    from named group by portfolio_id, subject
  ), disposed as (
    select d.portfolio_id, coalesce(n.subject, 'position ' || ${symbolOf("d.instrument_id")}) as subject,
      sum(d.realized_gain) as gain, sum(d.base_proceeds - d.base_cost_basis) as base_gain,
      sum(d.exchange_gain) as exchange_gain
    from disposal d left join named n on n.portfolio_id = d.portfolio_id and n.instrument_id = d.instrument_id
    where d.portfolio_id = ${ours}
    group by 1, 2
  )
  select portfolio_id, subject,
    concat_ws(' and ', coalesce(d.gain, 0), d.base_gain, d.exchange_gain) as expected,
    concat_ws(' and ', coalesce(g.gain, 0), g.base_gain, g.exchange_gain) as found
  from gained g full join disposed d using (portfolio_id, subject)
  where coalesce(g.gain, 0) <> coalesce(d.gain, 0) or coalesce(g.base_gain, 0) <> coalesce(d.base_gain, 0)
    or coalesce(g.exchange_gain, 0) <> coalesce(d.exchange_gain, 0)`;

/** A disposal is its slices. */
const disposalIsItsSlices: Law = (ours) => sql`
  select d.portfolio_id, 'disposal ' || d.transaction_id as subject,
    concat_ws(' ', d.quantity, d.proceeds, d.cost_basis, d.base_proceeds, d.base_cost_basis, d.exchange_gain) as expected,
    concat_ws(' ', s.quantity, s.proceeds, s.cost_basis, s.base_proceeds, s.base_cost_basis, s.exchange_gain) as found
  from disposal d
  cross join lateral (
    select coalesce(sum(quantity), 0) as quantity, coalesce(sum(proceeds), 0) as proceeds,
      coalesce(sum(cost_basis), 0) as cost_basis, sum(base_proceeds) as base_proceeds,
      sum(base_cost_basis) as base_cost_basis, sum(exchange_gain) as exchange_gain
    from disposal_slice s where s.portfolio_id = d.portfolio_id and s.transaction_id = d.transaction_id
  ) s
  where d.portfolio_id = ${ours}
    and (d.quantity, d.proceeds, d.cost_basis, d.base_proceeds, d.base_cost_basis, d.exchange_gain)
      is distinct from (s.quantity, s.proceeds, s.cost_basis, s.base_proceeds, s.base_cost_basis, s.exchange_gain)`;

/** Money moved as the transactions say. Not where a change of the rules has not been matched yet. */
const cashIsOfTransactions: Law = (ours) => sql`
  with own as (${standing(sql`t.portfolio_id = ${ours}`)}),
  received as (${standing(sql`t.to_portfolio_id = ${ours} and t.instrument_id is null`)}),
  expected as (
    select t.portfolio_id, t.id as transaction_id, coalesce(t.currency, p.currency) as currency,
      case t.type
        when 'deposit' then t.amount
        when 'interest' then t.amount
        when 'return-of-capital' then t.amount
        when 'withdrawal' then -t.amount
        when 'fee' then -t.amount
        when 'tax' then -t.amount
        when 'dividend' then t.amount - t.tax - t.fees
        when 'transfer' then case when t.instrument_id is null then -t.amount else -t.fees end
        when 'buy' then case when f.track_cash then -(t.quantity * t.price + t.fees) end
        when 'sell' then case when f.track_cash then t.quantity * t.price - t.fees end
        when 'merger' then case d.side when 'long' then d.proceeds else -d.cost_basis end
      end as amount
    from own t
    join portfolio f on f.id = t.portfolio_id
    left join position p on p.portfolio_id = t.portfolio_id and p.instrument_id = t.instrument_id
    left join disposal d on t.type = 'merger' and d.portfolio_id = t.portfolio_id and d.transaction_id = t.id
    union all
    select t.to_portfolio_id, t.id, t.currency, t.amount from received t
  )
  select m.portfolio_id, 'cash of transaction ' || m.transaction_id as subject,
    m.expected || ' ' || m.currency as expected, m.found || ' ' || m.currency as found
  from (
    select portfolio_id, transaction_id, currency, e.amount as expected, c.amount as found
    from (select * from expected where amount <> 0) e
    full join (select * from cash_flow where portfolio_id = ${ours}) c using (portfolio_id, transaction_id, currency)
  ) m
  join portfolio f on f.id = m.portfolio_id
  join portfolio_state s on s.portfolio_id = m.portfolio_id and s.rules_version = f.rules_version
  where m.expected is distinct from m.found`;

/** Nothing is derived from a transaction that is not there, not matched or withdrawn, or belongs to nothing. */
const everythingHasAnOrigin: Law = (ours) => {
  const stands = (id: string) => sql`
    exists (
      select from transaction t join portfolio_state s on s.portfolio_id = t.portfolio_id
      where t.id = ${sql.ref(id)} and t.sequence <= s.applied_sequence and not t.withdrawn
        and not exists (
          select from transaction newer
          where newer.id = t.id and newer.portfolio_id = t.portfolio_id and newer.version > t.version
            and newer.sequence <= s.applied_sequence))`;
  return sql`
    select portfolio_id, 'lot ' || id as subject, 'its transaction' as expected, null as found
    from tax_lot l where portfolio_id = ${ours} and not ${stands("l.id")}
    union all
    select portfolio_id, 'disposal ' || transaction_id, 'its transaction', null
    from disposal d where portfolio_id = ${ours} and not ${stands("d.transaction_id")}
    union all
    select portfolio_id, 'rejection ' || transaction_id, 'its transaction', null
    from rejection r where portfolio_id = ${ours} and not ${stands("r.transaction_id")}
    union all
    select portfolio_id, 'slice ' || slice_number || ' of ' || transaction_id, 'its disposal and its lot', null
    from disposal_slice s where portfolio_id = ${ours} and (
      not exists (
        select from disposal d where d.portfolio_id = s.portfolio_id and d.transaction_id = s.transaction_id
          and d.instrument_id = s.instrument_id)
      or not exists (
        select from tax_lot l where l.portfolio_id = s.portfolio_id and l.instrument_id = s.instrument_id
          and l.id = s.lot_id))
    union all
    select portfolio_id, 'position ' || ${symbolOf("p.instrument_id")}, 'a transaction of it', null
    from position p where portfolio_id = ${ours}
      and not exists (
        select from transaction t
        where t.portfolio_id = p.portfolio_id and coalesce(t.instrument_id, 0) = p.instrument_id
          and t.instrument_id is not null)
      and not exists (
        select from transaction t where t.portfolio_id = p.portfolio_id and t.to_instrument_id = p.instrument_id)
      and not exists (
        select from transaction t where t.to_portfolio_id = p.portfolio_id and t.instrument_id = p.instrument_id)`;
};

const LAWS: Readonly<Record<string, Law>> = {
  "progress-is-known": progressIsKnown,
  "sequence-gapless": sequenceIsGapless,
  "versions-count-up": versionsCountUp,
  "applied-is-recorded": appliedIsRecorded,
  "quantity-is-in-lots": quantityIsInLots,
  "cost-is-in-lots": costIsInLots,
  "lots-are-divided-up": lotsAreDividedUp,
  "gain-is-of-disposals": gainIsOfDisposals,
  "disposal-is-its-slices": disposalIsItsSlices,
  "cash-is-of-transactions": cashIsOfTransactions,
  "everything-has-an-origin": everythingHasAnOrigin,
};

/** Every law by its name. */
export const LAW_NAMES: readonly string[] = Object.keys(LAWS);

/** What waits for longer than it should: news that is not matched, unless it is parked, and announcements. */
export async function findStuck(trx: Trx, olderThanSeconds: number): Promise<Breach[]> {
  const since = sql`clock_timestamp() - make_interval(secs => ${olderThanSeconds})`;
  const { rows } = await sql<BreachRow & { law: string; portfolio_id: string }>`
    select s.portfolio_id, 'news-are-matched' as law, 'sequence ' || t.sequence as subject, 'matched' as expected,
      'recorded at ' || t.recorded_at as found
    from portfolio_state s
    join ledger_head h on h.portfolio_id = s.portfolio_id and h.head_sequence > s.applied_sequence
    join portfolio p on p.id = s.portfolio_id and p.deleted_at is null
    join transaction t on t.portfolio_id = s.portfolio_id and t.sequence = s.applied_sequence + 1
    where s.parked_at is null and t.recorded_at < ${since}
    union all
    select null, 'announcements-are-delivered', 'outbox', 'delivered', count(*) || ' since ' || min(created_at)
    from outbox where created_at < ${since} having count(*) > 0
    limit ${BREACHES_PER_LAW_MAX}`.execute(trx);
  return rows.map(({ portfolio_id: portfolioId, ...row }) => ({ portfolioId, ...row }));
}
