import { setOperator } from "#adapters/postgres/operators.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { DeadLetterList, Replayed } from "#contracts/dead-letters.ts";
import { Customer } from "./customer.ts";
import type { Doors } from "./doors.ts";

/** Somebody who may operate the installation, and does what there is to do once a defect is mended. */
export class Operator {
  readonly #account: Customer;

  private constructor(account: Customer) {
    this.#account = account;
  }

  static async signUp(doors: Doors, owner: Db): Promise<Operator> {
    const account = await new Customer(doors, "operator").signUp();
    const actor = { name: "a fault run", userId: undefined };
    await setOperator(owner, { login: account.login, operator: true, actor });
    return new Operator(account);
  }

  /** Has everything that is parked tried once more. Returns how many dead letters there were. */
  async replayAll(): Promise<number> {
    const asked = {
      operation: "operate",
      method: "GET",
      path: "/operations/dead-letters?state=open&limit=200",
    } as const;
    const { status, body } = await this.#account.insist<DeadLetterList>(asked);
    if (status !== 200) return 0;
    const letters = body.items.filter(({ source }) => source === "matching");
    await Promise.all(letters.map(({ id }) => this.#replay(id)));
    return letters.length;
  }

  async #replay(id: string): Promise<void> {
    const path = `/operations/dead-letters/${id}/replay`;
    const { body, status } = await this.#account.insist<Replayed>({
      operation: "operate",
      method: "POST",
      path,
    });
    if (status !== 200 || body.outcome === "replayed") return;
    this.#account.doors.history.write({ deadLetter: id, outcome: body.outcome });
  }
}
