import type { GroupResource } from '../../apimachinery/object-key.ts';
import type { Conversion } from './kind-table.ts';
import type { Strategy } from './strategy.ts';
import type { TablePrinter } from './table.ts';

export const VERBS: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];
export const STATUS_VERBS: readonly string[] = ['get', 'patch', 'update'];

/** What the compiled schema does not say about a served resource. */
export interface Served {
  readonly strategy: Strategy;
  /** How `kubectl get` shows it; without one, by its name and when it was created. */
  readonly printer?: TablePrinter;
  /** The kind in lower case, if not given. */
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** All eight, if not given. */
  readonly verbs?: readonly string[];
  /** Of those that the schema knows, the ones that are served. */
  readonly subresources?: readonly string[];
  /** Set where objects are questions, which are answered and not stored. */
  readonly isReview?: boolean;
  /** Text for a Warning header on every request: upstream is about to drop it. */
  readonly deprecation?: string;
  /** Set where this is another look at the objects of another resource or version. */
  readonly view?: {
    readonly storage: GroupResource;
    readonly conversion: Conversion;
    /** Where writes through it are judged by other rules: of the object as it is stored. */
    readonly strategy?: Strategy;
  };
}

/** Resources of one API group, by `<resource>.<group>/<version>`. */
export type ServedGroup = Readonly<Record<string, Served>>;
