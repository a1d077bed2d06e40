import { readFile, statfs } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import type { MachineFacts } from './node-status.ts';

/** Interfaces of container engines and other bridges, whose addresses lead nowhere from outside. */
const INTERNAL_INTERFACE = /^(docker|br-|veth|virbr|cni|lo)/;

/**
 * Reads what the machine says of itself.
 * @param nodeIP used as the address when given, else the first of an outward interface
 */
export async function readMachineFacts(stateDir: string, nodeIP?: string): Promise<MachineFacts> {
  const [machineID, systemUUID, bootID, disk] = await Promise.all([
    readText('/etc/machine-id'),
    readText('/sys/class/dmi/id/product_uuid'),
    readText('/proc/sys/kernel/random/boot_id'),
    statfs(stateDir),
  ]);
  return {
    internalIP: nodeIP ?? outwardAddress(),
    hostname: hostname().toLowerCase(),
    machineID,
    systemUUID: systemUUID === '' ? machineID : systemUUID,
    bootID,
    diskBytes: disk.blocks * disk.bsize,
  };
}

function outwardAddress(): string {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (INTERNAL_INTERFACE.test(name)) continue;
    const found = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal);
    if (found !== undefined) return found.address;
  }
  return '127.0.0.1';
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    // Not every machine has it, nor lets everyone read it; the field is then empty.
    return '';
  }
}
