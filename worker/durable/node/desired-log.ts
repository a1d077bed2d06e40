import { and, asc, eq, gt, isNotNull, isNull, lte, min, sql } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ControlFrame } from '../../../apimachinery/agent-protocol.ts';
import { referencesOf } from '../effects/pods.ts';
import { desired } from '../schema/node.ts';
import type { MetaTable } from '../store/meta-table.ts';
import type { DesiredChanges } from './protocol.ts';

type DesiredFrame = Extract<ControlFrame, { type: 'desired' }>;
type Resource = 'pods' | 'configmaps' | 'secrets';

/** Texts in one frame, in characters: far below what either end refuses. */
const CHARACTERS_PER_FRAME = 4 * 1024 * 1024;
/** Objects other than pods have no uid of interest: one row per name. */
const NO_UID = '';
/** Key of the last position in the meta table. */
const POSITION = 'position';

/**
 * The node's desired state as a log: every change takes the next position, and a connection is
 * sent what lies above the position that the agent has.
 */
export class DesiredLog {
  readonly #db: DrizzleSqliteDODatabase;
  readonly #meta: MetaTable;
  readonly #statements: ReturnType<typeof prepare>;
  #position: number;
  /** No tombstone is below this position; infinite where there is none. */
  #oldestTombstone = 0;

  /** The position is kept by itself: acknowledged tombstones leave, and it must never go back. */
  constructor(db: DrizzleSqliteDODatabase, meta: MetaTable) {
    this.#db = db;
    this.#meta = meta;
    this.#statements = prepare(db);
    this.#position = Number(meta.get(POSITION) ?? 0);
  }

  get position(): number {
    return this.#position;
  }

  /** Takes in what a namespace's store says; what is the same as before takes no position. */
  apply(namespace: string, changes: DesiredChanges): void {
    for (const { name, uid, pod } of changes.pods) this.#set('pods', namespace, name, uid, pod);
    for (const { resource, name, object } of changes.objects) {
      this.#set(resource, namespace, name, NO_UID, object);
    }
    if (changes.pods.some(({ pod }) => pod === null)) this.#dropUnused(namespace);
    this.#meta.set(POSITION, String(this.#position));
  }

  /**
   * The frames that bring an agent from a position to the present, as JSON text; none when it is
   * there. `from` 0 makes frames of everything there is. Each but the last says that more follow.
   */
  *frames(epoch: string, from: number): Generator<string> {
    if (from === this.#position && from !== 0) return;
    const head = { type: 'desired', epoch, from, position: this.#position } as const;
    let pods: string[] = [];
    let objects: string[] = [];
    let size = 0;
    for (const row of this.#rowsAbove(from)) {
      if (size > 0 && size + (row.value?.length ?? 0) > CHARACTERS_PER_FRAME) {
        yield frameText({ ...head, more: true }, pods, objects);
        pods = [];
        objects = [];
        size = 0;
      }
      size += row.value?.length ?? 0;
      const { resource, namespace, name, uid, value } = row;
      if (resource === 'pods') pods.push(withMember({ namespace, name, uid }, 'pod', value));
      else objects.push(withMember({ resource, namespace, name }, 'object', value));
    }
    yield frameText(head, pods, objects);
  }

  #rowsAbove(from: number) {
    return from === 0 ? this.#statements.present.all() : this.#statements.above.all({ from });
  }

  /** The agent has everything up to here on its disk: tombstones below it are done with. */
  acknowledge(position: number): void {
    if (position < this.#oldestTombstone) return;
    this.#statements.acknowledge.run({ position });
    this.#oldestTombstone = this.#statements.oldestTombstone.get()?.position ?? Infinity;
  }

  #set(
    resource: Resource,
    namespace: string,
    name: string,
    uid: string,
    value: string | null,
  ): void {
    const old = this.#statements.get.get({ resource, namespace, name, uid });
    if (old === undefined ? value === null && resource === 'pods' : old.value === value) return;
    this.#position += 1;
    const position = this.#position;
    this.#statements.set.run({ resource, namespace, name, uid, position, value });
    if (value === null) this.#oldestTombstone = Math.min(this.#oldestTombstone, position);
  }

  /** Secrets leave the node with the last pod that uses them. */
  #dropUnused(namespace: string): void {
    const rows = this.#db
      .select()
      .from(desired)
      .where(and(eq(desired.namespace, namespace), isNotNull(desired.value)))
      .all();
    const used = new Set(
      rows
        .filter((row) => row.resource === 'pods' && row.value !== null)
        .flatMap((row) => referencesOf(JSON.parse(row.value ?? '{}') as KubernetesObject))
        .map(({ resource, name }) => `${resource}/${name}`),
    );
    for (const row of rows) {
      if (row.resource === 'pods' || used.has(`${row.resource}/${row.name}`)) continue;
      this.#set(row.resource, namespace, row.name, NO_UID, null);
    }
  }
}

/** A frame with its members as they are stored: parsing them would only be undone. */
function frameText(
  head: Omit<DesiredFrame, 'pods' | 'objects'>,
  pods: readonly string[],
  objects: readonly string[],
): string {
  const rest = `"pods":[${pods.join(',')}],"objects":[${objects.join(',')}]`;
  return `${JSON.stringify(head).slice(0, -1)},${rest}}`;
}

/** The JSON text of an object with one more member, which is JSON text already. */
const withMember = (object: object, name: string, text: string | null): string =>
  `${JSON.stringify(object).slice(0, -1)},"${name}":${text ?? 'null'}}`;

function prepare(db: DrizzleSqliteDODatabase) {
  const resource = sql.placeholder('resource');
  const namespace = sql.placeholder('namespace');
  const name = sql.placeholder('name');
  const uid = sql.placeholder('uid');
  return {
    present: db
      .select()
      .from(desired)
      .where(isNotNull(desired.value))
      .orderBy(asc(desired.position))
      .prepare(),
    above: db
      .select()
      .from(desired)
      .where(gt(desired.position, sql.placeholder('from')))
      .orderBy(asc(desired.position))
      .prepare(),
    acknowledge: db
      .delete(desired)
      .where(and(lte(desired.position, sql.placeholder('position')), isNull(desired.value)))
      .prepare(),
    oldestTombstone: db
      .select({ position: min(desired.position) })
      .from(desired)
      .where(isNull(desired.value))
      .prepare(),
    get: db
      .select({ value: desired.value })
      .from(desired)
      .where(
        and(
          eq(desired.resource, resource),
          eq(desired.namespace, namespace),
          eq(desired.name, name),
          eq(desired.uid, uid),
        ),
      )
      .prepare(),
    set: db
      .insert(desired)
      .values({
        resource,
        namespace,
        name,
        uid,
        position: sql.placeholder('position'),
        value: sql.placeholder('value'),
      })
      .onConflictDoUpdate({
        target: [desired.resource, desired.namespace, desired.name, desired.uid],
        set: { position: sql`excluded.position`, value: sql`excluded.value` },
      })
      .prepare(),
  };
}
