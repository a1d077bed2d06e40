import type { VolumeRef } from '../store/volume-removal.ts';

const PREFIX = 'removal/';
/** Of one frame. */
const MAX_VOLUMES = 1_000;

/** The volumes whose directories the node is to remove, kept until it says that it has done so. */
export class RemovalOrders {
  readonly #kv: SyncKvStorage;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
  }

  add({ name, uid }: VolumeRef): void {
    this.#kv.put(PREFIX + uid, name);
  }

  drop({ uid }: VolumeRef): void {
    this.#kv.delete(PREFIX + uid);
  }

  /** All of them, in portions that fit into frames. */
  *portions(): Generator<VolumeRef[]> {
    const all = Array.from(this.#kv.list<string>({ prefix: PREFIX }), ([key, name]) => ({
      name,
      uid: key.slice(PREFIX.length),
    }));
    for (let i = 0; i < all.length; i += MAX_VOLUMES) yield all.slice(i, i + MAX_VOLUMES);
  }
}
