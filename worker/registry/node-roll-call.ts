import type { KubernetesObject } from '../../apimachinery/meta.ts';

/** The name of the one object that says how the last roll call ended. */
export const LAST_ROLL_CALL = '*';

/**
 * The end of a roll call: every Node that counts as ready was heard of after these were lost. It is
 * what tells nodes that are gone from a control plane that was cut off.
 */
export interface NodeRollCall extends KubernetesObject {
  metadata: { name: string };
  spec: {
    /** When the Nodes that were lost at the time became Unknown, by name. RFC 3339. */
    lost: Record<string, string>;
  };
}

export const newRollCall = (lost: Record<string, string>): NodeRollCall => ({
  apiVersion: 'fairlead.dev/v1',
  kind: 'NodeRollCall',
  metadata: { name: LAST_ROLL_CALL },
  spec: { lost },
});
