import type { Pod } from 'kubernetes-types/core/v1.js';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, NONE, since, wideColumn } from './columns.ts';
import { summarizePod } from './pod-status.ts';

export const podPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Ready'),
    column('Status'),
    column('Restarts'),
    AGE,
    wideColumn('IP'),
    wideColumn('Node'),
    wideColumn('Nominated Node'),
    wideColumn('Readiness Gates'),
  ],
  cells(object, now) {
    const pod = object as unknown as Pod;
    const { ready, total, reason, restarts, lastRestart } = summarizePod(pod);
    const ago =
      restarts > 0 && lastRestart !== undefined ? ` (${since(lastRestart, now)} ago)` : '';
    return [
      object.metadata.name ?? '',
      `${ready}/${total}`,
      reason,
      `${restarts}${ago}`,
      age(object, now),
      pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || NONE,
      pod.spec?.nodeName || NONE,
      pod.status?.nominatedNodeName || NONE,
      readinessGates(pod),
    ];
  },
};

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const met = gates.filter((gate) =>
    pod.status?.conditions?.some((c) => c.type === gate.conditionType && c.status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}
