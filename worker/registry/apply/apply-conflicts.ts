import { StatusError } from '../../../apimachinery/status-error.ts';
import { type FieldSet, hasPath, visitPaths } from './field-set.ts';
import { compareTexts, type Manager } from './managers.ts';
import { formatPath, type PathElement } from './path-element.ts';

/** A field that an applied configuration would take from its manager. */
export interface ApplyConflict {
  readonly managerID: string;
  readonly manager: Manager;
  readonly path: readonly PathElement[];
}

/** Thrown inside the field manager; clients see {@link newApplyConflict}. */
export class ApplyConflicts extends Error {
  readonly conflicts: readonly ApplyConflict[];

  constructor(conflicts: readonly ApplyConflict[]) {
    super(`${conflicts.length} conflicts`);
    this.name = 'ApplyConflicts';
    this.conflicts = conflicts;
  }
}

/** Every path of the set, as a conflict with the manager. */
export function conflictsIn(managerID: string, manager: Manager, set: FieldSet): ApplyConflict[] {
  const conflicts: ApplyConflict[] = [];
  visitPaths(set, (path) => conflicts.push({ managerID, manager, path: [...path] }));
  return conflicts;
}

/** Those whose paths are not in the set. */
export function conflictsOutside(
  conflicts: readonly ApplyConflict[],
  set: FieldSet,
): ApplyConflict[] {
  return conflicts.filter(({ path }) => !hasPath(set, path));
}

/** The 409 with a cause for every conflict, in upstream's words. */
export function newApplyConflict(conflicts: readonly ApplyConflict[]): StatusError {
  const ordered = conflicts.toSorted((a, b) => compareTexts(a.managerID, b.managerID));
  const causes = ordered.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${describeManager(manager)}`,
    field: formatPath(path),
  }));
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: conflictMessage(ordered),
    reason: 'Conflict',
    details: { causes },
    code: 409,
  });
}

/** `conflicts` are in the order of their managers. */
function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [only] = conflicts;
  if (only !== undefined && conflicts.length === 1) {
    const path = formatPath(only.path);
    return `Apply failed with 1 conflict: conflict with ${describeManager(only.manager)}: ${path}`;
  }
  const lines: string[] = [];
  let current: string | undefined;
  for (const { managerID, manager, path } of conflicts) {
    if (managerID !== current) lines.push(`conflicts with ${describeManager(manager)}:`);
    current = managerID;
    lines.push(`- ${formatPath(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function describeManager({ name, operation, subresource, apiVersion }: Manager): string {
  const text = JSON.stringify(name);
  const who = subresource === '' ? text : `${text} with subresource ${JSON.stringify(subresource)}`;
  return operation === 'Update' ? `${who} using ${apiVersion}` : who;
}
