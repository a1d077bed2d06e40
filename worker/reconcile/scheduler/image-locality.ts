import type { Ledger } from './ledger.ts';
import type { NodeTable } from './node-table.ts';

const MB = 1024 * 1024;
/** Bounds between which sizes make a difference, the upper one for each image (plugins/imagelocality). */
const MIN_BYTES = 23 * MB;
const MAX_BYTES_PER_IMAGE = 1000 * MB;
const MAX_SCORE = 100;

/**
 * ImageLocality: how much of the pod's images each node has. A size counts by the part of all nodes
 * that have the image, so that the first node to have one does not get every pod.
 */
export function imageScores(
  ledger: Ledger,
  { size }: NodeTable,
  images: readonly string[],
): Uint8Array {
  const scores = new Uint8Array(size);
  const found = images.flatMap((name) => ledger.images.get(name) ?? []);
  if (found.length === 0) return scores;
  const bytes = new Float64Array(size);
  for (const { sizeBytes, nodes } of found) {
    const scaled = Math.floor((sizeBytes * nodes.size) / size);
    for (const { slot } of nodes) if (slot >= 0) bytes[slot] = (bytes[slot] ?? 0) + scaled;
  }
  const most = MAX_BYTES_PER_IMAGE * images.length;
  bytes.forEach((sum, slot) => {
    const clamped = Math.min(Math.max(sum, MIN_BYTES), most);
    scores[slot] = Math.floor((MAX_SCORE * (clamped - MIN_BYTES)) / (most - MIN_BYTES));
  });
  return scores;
}
