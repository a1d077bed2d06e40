import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { revisionAt } from '../../../apimachinery/revision.ts';

/**
 * Makes the stores of a stopped control plane forget the history of a resource, as they do by
 * themselves once it is five minutes old: whoever watched before must list again.
 * @param root the data directory.
 * @returns how many stores there are.
 */
export function forgetHistory(root: string, resource: string): number {
  const folder = join(root, 'data', 'fairlead-StoreDurableObject');
  const files = readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
  for (const file of files) {
    const database = new DatabaseSync(join(folder, file));
    database
      .prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
      .run(`compact/${resource}`, String(revisionAt(Date.now())));
    database.close();
  }
  return files.length;
}
