import type {
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus,
} from 'kubernetes-types/certificates/v1.js';
import { formatTime, type KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerUser } from '../../../apimachinery/user-info.ts';
import { certificateAuthority } from '../../keys/certificate-authority.ts';
import type { KeyEnv } from '../../keys/purpose-key.ts';
import { signCertificate, UnsignableRequestError } from '../../keys/sign-certificate.ts';
import { as, type Stored } from '../../reconcile/kinds.ts';
import type { Change } from '../../reconcile/planner.ts';
import { pemBlocks } from '../../registry/resources/certificates/pem.ts';
import { parseRequest } from '../../registry/resources/certificates/request-subject.ts';
import { isBuiltInSigner, signerFault } from '../../registry/resources/certificates/signers.ts';
import type { Effect } from '../queue/effect.ts';
import { autoApproval } from '../store/auto-approval.ts';
import { CONTROLLER_MANAGER } from '../store/field-tracking.ts';
import type { StoreContext } from '../store/store-context.ts';
import { updateObject } from '../store/verbs/update.ts';

export const CERTIFICATE_REQUESTS = 'certificatesigningrequests.certificates.k8s.io';
const USER = controllerUser('certificate-controller');

export type CertificateRequest = Stored<
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus
>;

export interface CertificateEffectDeps {
  readonly context: StoreContext;
  readonly env: KeyEnv;
  readonly cluster: string;
  readonly write: (step: (context: StoreContext) => void) => Promise<void>;
}

/** What signing came to: PEM, or why it failed for good. */
type Outcome = { readonly certificate: string } | { readonly failure: string };

/**
 * Approves what nodes ask for themselves, and signs what is approved, for the signers that a cluster
 * has of its own (pkg/controller/certificates). A key is the request's name. It is an effect because
 * signing is asynchronous; a request that was signed by an earlier run is left alone.
 */
export class CertificateEffect implements Effect {
  readonly name = 'certificate-controller';
  readonly batchSize = 50;
  readonly #deps: CertificateEffectDeps;

  constructor(deps: CertificateEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, name, after }: Change): readonly string[] {
    if (resource !== CERTIFICATE_REQUESTS || after === null) return [];
    return isOpen(as<CertificateRequest>(after)) ? [name] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    for (const name of keys) await this.#see(name);
  }

  async #see(name: string): Promise<void> {
    const request = this.#read(name);
    if (request === null) return;
    if (!has(request, 'Approved')) {
      const approval = autoApproval(request, this.#deps.context.authorizer);
      if (approval !== null)
        await this.#decide(request, 'approval', withCondition(request, approval));
      return;
    }
    const outcome = await this.#sign(request);
    const status =
      'certificate' in outcome
        ? { ...request.status, certificate: btoa(outcome.certificate) }
        : withCondition(request, {
            type: 'Failed',
            status: 'True',
            reason: 'SignerValidationFailure',
            message: outcome.failure,
            lastUpdateTime: formatTime(this.#deps.context.now()),
          });
    await this.#decide(request, 'status', status);
  }

  #read(name: string): CertificateRequest | null {
    const object = this.#deps.context.commits.read({ resource: CERTIFICATE_REQUESTS, name });
    const request = object === null ? null : as<CertificateRequest>(object);
    return request !== null && isOpen(request) ? request : null;
  }

  async #sign({ spec }: CertificateRequest): Promise<Outcome> {
    const { env, cluster, context } = this.#deps;
    const { request, signerName, usages = [], expirationSeconds } = spec;
    const parsed = parseRequest(request);
    if (!parsed.ok) return { failure: parsed.message };
    const failure = signerFault(signerName, parsed.subject, usages);
    if (failure !== null) return { failure };
    const der = Uint8Array.from(atob(pemBlocks(request)[0]?.base64 ?? ''), (c) => c.charCodeAt(0));
    const terms = { usages, expirationSeconds, now: context.now() };
    try {
      const authority = await certificateAuthority(env, cluster);
      return { certificate: await signCertificate(authority, der, terms) };
    } catch (error) {
      if (!(error instanceof UnsignableRequestError)) throw error;
      return { failure: error.message };
    }
  }

  /** Unless somebody else has decided, or signed, meanwhile: that made the key due again. */
  async #decide(
    request: CertificateRequest,
    subresource: 'approval' | 'status',
    status: CertificateSigningRequestStatus,
  ): Promise<void> {
    const name = request.metadata.name;
    await this.#deps.write((context) => {
      const now = context.commits.read({ resource: CERTIFICATE_REQUESTS, name });
      if (now?.metadata.resourceVersion !== request.metadata.resourceVersion) return;
      const object = JSON.parse(JSON.stringify({ ...request, status })) as KubernetesObject;
      const write = { resource: CERTIFICATE_REQUESTS, name, subresource, user: USER };
      updateObject(context, { ...write, fieldManager: CONTROLLER_MANAGER }, object);
    });
  }
}

const has = ({ status }: CertificateRequest, type: string): boolean =>
  (status?.conditions ?? []).some((condition) => condition.type === type);

/** Whether there is something to do for a signer of the cluster. */
const isOpen = (request: CertificateRequest): boolean =>
  isBuiltInSigner(request.spec.signerName) &&
  !request.status?.certificate &&
  !has(request, 'Denied') &&
  !has(request, 'Failed');

const withCondition = (
  { status }: CertificateRequest,
  condition: CertificateSigningRequestCondition,
): CertificateSigningRequestStatus => ({
  ...status,
  conditions: [...(status?.conditions ?? []), condition],
});
