import type { RoleBinding, Subject } from 'kubernetes-types/rbac/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, wideColumn } from './columns.ts';

export const roleBindingPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Role'),
    AGE,
    wideColumn('Users'),
    wideColumn('Groups'),
    wideColumn('ServiceAccounts'),
  ],
  cells(object, now) {
    const { roleRef, subjects = [] } = object as unknown as RoleBinding;
    return [
      object.metadata.name ?? '',
      `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
      age(object, now),
      namesOf(subjects, 'User'),
      namesOf(subjects, 'Group'),
      namesOf(subjects, 'ServiceAccount'),
    ];
  },
};

function namesOf(subjects: readonly Subject[], kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace = '' }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name))
    .join(', ');
}
