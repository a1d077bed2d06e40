import { newForbidden, type StatusError } from '../../../apimachinery/status-error.ts';
import type { AdmissionAttributes } from './plugin.ts';

/** A refusal of a request (apiserver admission.NewForbidden), which names the object as far as it has a name. */
export function newRequestForbidden(attributes: AdmissionAttributes, why: string): StatusError {
  const { group, resource } = attributes.requested;
  return newForbidden({ group, resource }, nameToShow(attributes), why);
}

function nameToShow({ name, object }: AdmissionAttributes): string {
  if (name !== '') return name;
  if (object === null) return 'Unknown';
  if (object.kind?.endsWith('Options') === true) return 'Unknown/errorGettingName';
  return object.metadata.name || object.metadata.generateName || 'Unknown';
}
