import type { Quantity } from '../../../../apimachinery/quantity.ts';
import { quantityOf } from '../resource-names.ts';
import { type ContainerFields, isSidecar, type PodFields } from './fields.ts';

export type Amounts = Map<string, Quantity>;

/** The amounts in a list that can be read. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const [name, text] of Object.entries(list ?? {})) {
    const amount = quantityOf(text);
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

export function addAmounts(to: Amounts, from: Amounts): void {
  for (const [name, amount] of from) to.set(name, to.get(name)?.add(amount) ?? amount);
}

export function raiseAmounts(to: Amounts, from: Amounts): void {
  for (const [name, amount] of from) {
    const current = to.get(name);
    if (current === undefined || amount.compare(current) > 0) to.set(name, amount);
  }
}

/**
 * What all containers of a pod request together: those that run side by side added up, or the init
 * container that needs the most while it runs beside the sidecars before it (KEP-753).
 */
export const containerRequests = (spec: PodFields): Amounts => containerAmounts(spec, 'requests');

/** As `containerRequests`, for limits. */
export const containerLimits = (spec: PodFields): Amounts => containerAmounts(spec, 'limits');

function containerAmounts(spec: PodFields, list: 'limits' | 'requests'): Amounts {
  const amountsIn = (c: ContainerFields): Amounts => amountsOf(c.resources?.[list]);
  const running: Amounts = new Map();
  for (const container of spec.containers ?? []) addAmounts(running, amountsIn(container));
  const sidecars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const amounts = amountsIn(container);
    if (isSidecar(container)) {
      addAmounts(running, amounts);
      addAmounts(sidecars, amounts);
      raiseAmounts(starting, sidecars);
    } else {
      addAmounts(amounts, sidecars);
      raiseAmounts(starting, amounts);
    }
  }
  raiseAmounts(running, starting);
  return running;
}
