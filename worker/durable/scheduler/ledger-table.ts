import { eq, sql } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import type { Node } from '../../reconcile/kinds.ts';
import { Ledger } from '../../reconcile/scheduler/ledger.ts';
import type { Budget } from '../../reconcile/scheduler/budgets.ts';
import type { NamespaceFacts } from './protocol.ts';
import type { Victim } from '../../reconcile/scheduler/place-batch.ts';
import type { Footprint } from '../../reconcile/scheduler/pod-request.ts';
import { namespaces, nodes, reservations, victims } from '../schema/scheduler.ts';

type Labels = Readonly<Record<string, string>>;

/** Of pods that were reserved for by a version that did not keep what others know them by. */
const UNKNOWN_TRAITS = { namespace: '', labels: {} };
const UNKNOWN_STANDING = { name: '', priority: 0, createdAt: '' };

/** The ledger together with its rows: what is reserved survives the object's sleep. */
export class LedgerTable {
  readonly ledger: Ledger;
  readonly #db: DrizzleSqliteDODatabase;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: DrizzleSqliteDODatabase) {
    this.#db = db;
    this.#statements = prepare(db);
    this.ledger = new Ledger();
    for (const { value } of db.select().from(nodes).all()) {
      this.ledger.setNode(JSON.parse(value) as Node);
    }
    const inUse = new Set<string>();
    for (const { uid, node, footprint, nominated } of db.select().from(reservations).all()) {
      const parsed = JSON.parse(footprint) as Pick<Footprint, 'demand' | 'hostPorts'> &
        Partial<Footprint>;
      const { traits = UNKNOWN_TRAITS, standing = UNKNOWN_STANDING } = parsed;
      inUse.add(traits.namespace);
      this.ledger.reserve(uid, node, { ...parsed, traits, standing }, nominated === 1);
    }
    for (const { uid } of db.select().from(victims).all()) this.ledger.doom(uid);
    for (const { name, labels, budgets } of db.select().from(namespaces).all()) {
      // Of a namespace without pods nothing need be known: its store says it with the next pod.
      if (!inUse.has(name)) db.delete(namespaces).where(eq(namespaces.name, name)).run();
      else {
        this.ledger.placed.setNamespace(name, JSON.parse(labels) as Labels);
        this.ledger.setBudgets(name, JSON.parse(budgets) as Budget[]);
      }
    }
  }

  /** False when the labels are as they were. */
  setNamespace(name: string, { labels, budgets }: NamespaceFacts): boolean {
    const isRelabelled = this.ledger.placed.setNamespace(name, labels);
    const isOther = JSON.stringify(this.ledger.budgetsOf(name)) !== JSON.stringify(budgets);
    this.ledger.setBudgets(name, budgets);
    if (isRelabelled || isOther) {
      const set = { labels: JSON.stringify(labels), budgets: JSON.stringify(budgets) };
      this.#db
        .insert(namespaces)
        .values({ name, ...set })
        .onConflictDoUpdate({ target: namespaces.name, set })
        .run();
    }
    return isRelabelled;
  }

  /**
   * `revision` orders updates of one node: an older one than what is known is dropped. False when
   * nothing changed that could let a pod on the node that was refused before.
   */
  setNode(name: string, revision: number, value: Node): boolean {
    const known = this.#db.select().from(nodes).where(eq(nodes.name, name)).get();
    if (known !== undefined && known.revision >= revision) return false;
    const isOther = this.ledger.setNode(value);
    const text = JSON.stringify(value);
    this.#db
      .insert(nodes)
      .values({ name, revision, value: text })
      .onConflictDoUpdate({ target: nodes.name, set: { revision, value: text } })
      .run();
    return isOther;
  }

  /** The Node as it was last sent; null when there is none. */
  readNode(name: string): Node | null {
    const row = this.#db.select().from(nodes).where(eq(nodes.name, name)).get();
    return row === undefined ? null : (JSON.parse(row.value) as Node);
  }

  /** The namespaces of the pods that are counted on a node. */
  namespacesOn(name: string): ReadonlySet<string> {
    const found = new Set(this.ledger.podsOn(name).map((pod) => pod.footprint.traits.namespace));
    found.delete(UNKNOWN_TRAITS.namespace);
    return found;
  }

  removeNode(name: string): void {
    this.ledger.removeNode(name);
    this.#db.delete(nodes).where(eq(nodes.name, name)).run();
  }

  /** Counts a pod that is on a node already, as it is at present. */
  account(uid: string, node: string, footprint: Footprint): 'same' | 'added' | 'changed' {
    const known = this.ledger.reservationOf(uid);
    const isSame =
      known?.node.name === node &&
      !known.isNominated &&
      JSON.stringify(known.footprint) === JSON.stringify(footprint);
    if (isSame) return 'same';
    const isDoomed = this.ledger.isDoomed(uid);
    this.ledger.reserve(uid, node, footprint);
    if (isDoomed) this.ledger.doom(uid);
    this.saveReservation(uid, node, footprint);
    return known === undefined ? 'added' : 'changed';
  }

  /** Writes the row of a reservation that the ledger has taken in already. */
  saveReservation(uid: string, node: string, footprint: Footprint, isNominated = false): void {
    const nominated = isNominated ? 1 : 0;
    this.#statements.reserve.run({ uid, node, footprint: JSON.stringify(footprint), nominated });
  }

  /** Drops the row of a reservation that the ledger has given up already. */
  dropReservation(uid: string): void {
    this.#statements.release.run({ uid });
  }

  /** Notes who is to go. The ledger knows. */
  saveVictim({ podUID: uid, namespace, name, nodeName: node, preemptor }: Victim): void {
    const row = { uid, namespace, name, node, preemptor, due: 1 };
    this.#db.insert(victims).values(row).onConflictDoNothing().run();
  }

  /** False when nothing was reserved. */
  release(uid: string): boolean {
    if (!this.ledger.release(uid)) return false;
    this.dropReservation(uid);
    this.#statements.spare.run({ uid });
    return true;
  }
}

/** What runs once for each pod of a batch. */
function prepare(db: DrizzleSqliteDODatabase) {
  const uid = sql.placeholder('uid');
  return {
    reserve: db
      .insert(reservations)
      .values({
        uid,
        node: sql.placeholder('node'),
        footprint: sql.placeholder('footprint'),
        nominated: sql.placeholder('nominated'),
      })
      .onConflictDoUpdate({
        target: reservations.uid,
        set: {
          node: sql`excluded.node`,
          footprint: sql`excluded.footprint`,
          nominated: sql`excluded.nominated`,
        },
      })
      .prepare(),
    release: db.delete(reservations).where(eq(reservations.uid, uid)).prepare(),
    spare: db.delete(victims).where(eq(victims.uid, uid)).prepare(),
  };
}
