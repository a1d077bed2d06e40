import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { TablePrinter } from '../table.ts';

/** The server-side printers, by resource; what has none shows name and age. */
export const PRINTERS: Readonly<Record<GroupResource, TablePrinter | undefined>> = {};
