import type { FlowSchema, PriorityLevelConfiguration } from 'kubernetes-types/flowcontrol/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, NONE } from './columns.ts';

export const flowSchemaPrinter: TablePrinter = {
  columns: [
    NAME,
    column('PriorityLevel'),
    column('MatchingPrecedence'),
    column('DistinguisherMethod'),
    AGE,
    column('MissingPL'),
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as FlowSchema;
    const dangling = (status?.conditions ?? []).find(({ type }) => type === 'Dangling');
    return [
      object.metadata.name ?? '',
      spec?.priorityLevelConfiguration?.name ?? '',
      spec?.matchingPrecedence ?? 0,
      spec?.distinguisherMethod?.type ?? NONE,
      age(object, now),
      dangling === undefined ? '?' : (dangling.status ?? ''),
    ];
  },
};

export const priorityLevelPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Type'),
    column('NominalConcurrencyShares'),
    column('Queues'),
    column('HandSize'),
    column('QueueLengthLimit'),
    AGE,
  ],
  cells(object, now) {
    const { spec } = object as unknown as PriorityLevelConfiguration;
    const { limited } = spec ?? {};
    const queuing = limited?.limitResponse?.queuing;
    return [
      object.metadata.name ?? '',
      spec?.type ?? '',
      limited === undefined ? NONE : (limited.nominalConcurrencyShares ?? 0),
      queuing === undefined ? NONE : (queuing.queues ?? 0),
      queuing === undefined ? NONE : (queuing.handSize ?? 0),
      queuing === undefined ? NONE : (queuing.queueLengthLimit ?? 0),
      age(object, now),
    ];
  },
};
