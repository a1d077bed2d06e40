import type { ContainerSpec } from '../diff/pod.ts';

/** A port by number, or by the name that the container gives it. Throws for an unknown name. */
export function portNumber(container: ContainerSpec, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number(port);
  if (!Number.isInteger(number)) throw new Error(`strconv.Atoi: parsing "${port}": invalid syntax`);
  return number;
}
