import type { Plugin } from "./app.ts";
import { demo } from "./routes/accounts/demo.ts";
import { logIn } from "./routes/accounts/log-in.ts";
import { logOut } from "./routes/accounts/log-out.ts";
import { me } from "./routes/accounts/me.ts";
import { refresh } from "./routes/accounts/refresh.ts";
import { register } from "./routes/accounts/register.ts";
import { getInstallation } from "./routes/operations/get-installation.ts";
import { getRebuild } from "./routes/operations/get-rebuild.ts";
import { discardDeadLetter } from "./routes/operations/discard-dead-letter.ts";
import { getAnyLineage } from "./routes/operations/get-any-lineage.ts";
import { getAnyPipeline } from "./routes/operations/get-any-pipeline.ts";
import { getDeadLetter } from "./routes/operations/get-dead-letter.ts";
import { listActions } from "./routes/operations/list-actions.ts";
import { listDeadLetters } from "./routes/operations/list-dead-letters.ts";
import { getReconciliation } from "./routes/operations/get-reconciliation.ts";
import { listReconciliations } from "./routes/operations/list-reconciliations.ts";
import { reconcile } from "./routes/operations/reconcile.ts";
import { listRebuilds } from "./routes/operations/list-rebuilds.ts";
import { rebuildAll } from "./routes/operations/rebuild-all.ts";
import { rebuildAnyPortfolio } from "./routes/operations/rebuild-any-portfolio.ts";
import { replayDeadLetter } from "./routes/operations/replay-dead-letter.ts";
import { listConsumers } from "./routes/operations/list-consumers.ts";
import { pauseConsumer } from "./routes/operations/pause-consumer.ts";
import { resumeConsumer } from "./routes/operations/resume-consumer.ts";
import { createPortfolio } from "./routes/portfolios/create-portfolio.ts";
import { deletePortfolio } from "./routes/portfolios/delete-portfolio.ts";
import { explainDisposal } from "./routes/portfolios/explain-disposal.ts";
import { explainPosition } from "./routes/portfolios/explain-position.ts";
import { getCash } from "./routes/portfolios/get-cash.ts";
import { getHarvest } from "./routes/portfolios/get-harvest.ts";
import { getLineage } from "./routes/portfolios/get-lineage.ts";
import { getPipeline } from "./routes/portfolios/get-pipeline.ts";
import { getPortfolio } from "./routes/portfolios/get-portfolio.ts";
import { getProfitAndLoss } from "./routes/portfolios/get-profit-and-loss.ts";
import { listCashEntries } from "./routes/portfolios/list-cash-entries.ts";
import { listDisposals } from "./routes/portfolios/list-disposals.ts";
import { listLots } from "./routes/portfolios/list-lots.ts";
import { listPortfolios } from "./routes/portfolios/list-portfolios.ts";
import { listPositions } from "./routes/portfolios/list-positions.ts";
import { previewMethod } from "./routes/portfolios/preview-method.ts";
import { getOwnRebuild } from "./routes/portfolios/get-own-rebuild.ts";
import { rebuildPortfolio } from "./routes/portfolios/rebuild-portfolio.ts";
import { recordTrade } from "./routes/portfolios/record-trade.ts";
import { updatePortfolio } from "./routes/portfolios/update-portfolio.ts";
import { whatIf } from "./routes/portfolios/what-if.ts";
import { getStock } from "./routes/stocks/get-stock.ts";
import { listStocks } from "./routes/stocks/list-stocks.ts";
import { deleteTransaction } from "./routes/transactions/delete-transaction.ts";
import { editTransaction } from "./routes/transactions/edit-transaction.ts";
import { getTransaction } from "./routes/transactions/get-transaction.ts";
import { listTransactions } from "./routes/transactions/list-transactions.ts";
import { listVersions } from "./routes/transactions/list-versions.ts";
import { recordBatch } from "./routes/transactions/record-batch.ts";
import { recordTransaction } from "./routes/transactions/record-transaction.ts";

/** Everything under /api/v1, in the order of the API page. */
const ROUTES = [
  register, //            POST   /auth/register
  logIn, //               POST   /auth/login
  refresh, //             POST   /auth/refresh
  logOut, //              POST   /auth/logout
  me, //                  GET    /auth/me
  demo, //                GET    /demo
  createPortfolio, //     POST   /portfolios
  listPortfolios, //      GET    /portfolios
  getPortfolio, //        GET    /portfolios/:portfolioId
  updatePortfolio, //     PUT    /portfolios/:portfolioId
  deletePortfolio, //     DELETE /portfolios/:portfolioId
  recordTransaction, //   POST   /transactions
  recordBatch, //         POST   /transactions/batch
  recordTrade, //         POST   /portfolios/:portfolioId/trades
  listTransactions, //    GET    /transactions/portfolio/:portfolioId
  getTransaction, //      GET    /transactions/:transactionId
  editTransaction, //     PUT    /transactions/:transactionId
  deleteTransaction, //   DELETE /transactions/:transactionId
  listVersions, //        GET    /transactions/:transactionId/versions
  listPositions, //       GET    /portfolios/:portfolioId/positions
  listLots, //            GET    /portfolios/:portfolioId/positions/:symbol/lots
  explainPosition, //     GET    /portfolios/:portfolioId/positions/:symbol/explain
  getLineage, //          GET    /portfolios/:portfolioId/positions/:symbol/lineage
  listDisposals, //       GET    /portfolios/:portfolioId/disposals
  explainDisposal, //     GET    /portfolios/:portfolioId/disposals/:disposalId/explain
  getProfitAndLoss, //    GET    /portfolios/:portfolioId/pnl
  getPipeline, //         GET    /portfolios/:portfolioId/pipeline
  getCash, //             GET    /portfolios/:portfolioId/cash
  listCashEntries, //     GET    /portfolios/:portfolioId/cash/entries
  whatIf, //              POST   /portfolios/:portfolioId/what-if
  getHarvest, //          GET    /portfolios/:portfolioId/harvest
  previewMethod, //       POST   /portfolios/:portfolioId/method-preview
  rebuildPortfolio, //    POST   /portfolios/:portfolioId/rebuild
  getOwnRebuild, //       GET    /portfolios/:portfolioId/rebuild
  getStock, //            GET    /stocks/:symbol
  listStocks, //          POST   /stocks/batch
  getInstallation, //     GET    /operations/pipeline
  getAnyPipeline, //      GET    /operations/portfolios/:portfolioId/pipeline
  getAnyLineage, //       GET    /operations/portfolios/:portfolioId/positions/:symbol/lineage
  listActions, //         GET    /operations/actions
  listDeadLetters, //     GET    /operations/dead-letters
  getDeadLetter, //       GET    /operations/dead-letters/:deadLetterId
  replayDeadLetter, //    POST   /operations/dead-letters/:deadLetterId/replay
  discardDeadLetter, //   POST   /operations/dead-letters/:deadLetterId/discard
  rebuildAnyPortfolio, // POST   /operations/portfolios/:portfolioId/rebuild
  rebuildAll, //          POST   /operations/rebuilds
  listRebuilds, //        GET    /operations/rebuilds
  getRebuild, //          GET    /operations/rebuilds/:rebuildId
  listConsumers, //       GET    /operations/consumers
  pauseConsumer, //       POST   /operations/consumers/:name/pause
  resumeConsumer, //      POST   /operations/consumers/:name/resume
  reconcile, //           POST   /operations/reconciliations
  listReconciliations, // GET    /operations/reconciliations
  getReconciliation, //   GET    /operations/reconciliations/:reconciliationId
] as const;

export const routes: Plugin = async (app, context) => {
  for (const route of ROUTES) route(app.withTypeProvider(), context);
};
