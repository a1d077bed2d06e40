import type { AccessDecision } from '../../../registry/authz/authorizer.ts';
import type { AccessRequest } from '../protocol.ts';
import type { StoreRuntime } from '../store-runtime.ts';

/** Asks the store of another namespace, '' for the cluster's, by its own rules alone. */
type AskElsewhere = (
  namespace: string,
  request: AccessRequest,
) => Promise<AccessDecision | undefined>;

/**
 * Decides by the rules that a store has. The cluster's store has none of any namespace, and the one
 * of a namespace that is not there has none at all: what these do not allow is asked elsewhere,
 * where there is whom to ask.
 */
export function decideAccess(
  { context, clock }: StoreRuntime,
  requests: readonly AccessRequest[],
  ask: AskElsewhere | null,
): Promise<AccessDecision[]> {
  const isCluster = context.namespace === '';
  return Promise.all(
    requests.map(async (request) => {
      const { user, attributes } = request;
      const decision = context.authorizer.authorize(user, attributes);
      if (decision.allowed || decision.denied === true || ask === null) return decision;
      const namespace = attributes.isResourceRequest ? attributes.namespace : '';
      const isElsewhere = isCluster ? namespace !== '' : !clock.holdsSlot;
      if (!isElsewhere) return decision;
      return (await ask(isCluster ? namespace : '', request)) ?? decision;
    }),
  );
}
