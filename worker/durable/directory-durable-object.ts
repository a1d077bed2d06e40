import { DurableObject } from 'cloudflare:workers';
import { eq, lt } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import { migrations } from '../../migrations/directory/migrations.generated.ts';
import type { Env } from './env.ts';
import { enrolmentTokens } from './schema/directory.ts';

/** Used and expired tokens are kept this long, so that a second use can be told apart. */
const KEEP_EXPIRED_MS = 7 * 24 * 3_600_000;

export type RedeemAnswer =
  | {
      readonly ok: true;
      /** Whether the token was made for this very node name. */
      readonly bound: boolean;
    }
  | { readonly ok: false; readonly why: 'unknown' | 'expired' | 'used' | 'other-node' };

/** One per deployment: what must be found before it is known which cluster or node is meant. */
export class DirectoryDurableObject extends DurableObject<Env> {
  readonly #db: DrizzleSqliteDODatabase;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#db = drizzle(ctx.storage);
    void ctx.blockConcurrencyWhile(() => migrate(this.#db, migrations));
  }

  /** Files an enrolment token under its hash. `expiresAt` in ms since the epoch. */
  async addEnrolmentToken(token: {
    hash: string;
    cluster: string;
    nodeName: string | null;
    expiresAt: number;
  }): Promise<void> {
    this.#db
      .delete(enrolmentTokens)
      .where(lt(enrolmentTokens.expiresAt, Date.now() - KEEP_EXPIRED_MS))
      .run();
    this.#db.insert(enrolmentTokens).values(token).run();
  }

  /** Uses a token up for a node. The same node may repeat it, for an answer that was lost. */
  async redeemEnrolmentToken(
    hash: string,
    cluster: string,
    nodeName: string,
    publicKey: string,
  ): Promise<RedeemAnswer> {
    const token = this.#db
      .select()
      .from(enrolmentTokens)
      .where(eq(enrolmentTokens.hash, hash))
      .get();
    if (token === undefined || token.cluster !== cluster) return { ok: false, why: 'unknown' };
    const user = `${nodeName} ${publicKey}`;
    if (token.usedBy !== null && token.usedBy !== user) return { ok: false, why: 'used' };
    if (token.expiresAt < Date.now()) return { ok: false, why: 'expired' };
    if (token.nodeName !== null && token.nodeName !== nodeName) {
      return { ok: false, why: 'other-node' };
    }
    this.#db
      .update(enrolmentTokens)
      .set({ usedBy: user })
      .where(eq(enrolmentTokens.hash, hash))
      .run();
    return { ok: true, bound: token.nodeName !== null };
  }
}
