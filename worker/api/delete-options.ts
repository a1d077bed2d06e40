import { invalid, notSupported } from '../../apimachinery/field-error.ts';
import { newBadRequest, newInvalid } from '../../apimachinery/status-error.ts';
import type { DeleteOptions } from '../registry/rest/delete.ts';
import type { ApiContext } from './api-context.ts';
import { decodeRequest } from './decode-request.ts';
import { type BodyFormat, bodyFormat, readBodyBytes } from './request-body.ts';
import { isTrue } from './request-info.ts';
import { validateDryRun } from './write-options.ts';

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;
const DELETE_OPTIONS = {
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
} as const;

/** Options of a delete: the body's where there is one, else the query's. @throws StatusError. */
export async function deleteOptionsOf(context: ApiContext): Promise<DeleteOptions> {
  const format = bodyFormat(context.request);
  const body = await readBodyBytes(context.request);
  const options = body.length === 0 ? fromQuery(context.query) : fromBody(body, format);
  validateDeleteOptions(options);
  return options;
}

function fromBody(body: Uint8Array, format: BodyFormat): DeleteOptions {
  const bytes = format === 'json' ? withCoreVersion(body) : body;
  return decodeRequest(bytes, format, DELETE_OPTIONS, 'Ignore').object as unknown as DeleteOptions;
}

/** Clients send the options with the apiVersion of the object's group, or with none. */
function withCoreVersion(body: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(body);
  return new TextEncoder().encode(text.replace(/"apiVersion"\s*:\s*"[^"]*"/, '"apiVersion":"v1"'));
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  const dryRun = query.getAll('dryRun');
  if (grace !== null && !/^-?[0-9]{1,15}$/.test(grace)) {
    throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  }
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null
      ? {}
      : { propagationPolicy: policy as DeleteOptions['propagationPolicy'] & string }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  };
}

/** @throws StatusError Invalid. */
export function validateDeleteOptions(options: DeleteOptions): void {
  const { propagationPolicy: policy, orphanDependents: orphan, dryRun = [] } = options;
  const errors = [
    ...(policy !== undefined && !POLICIES.includes(policy)
      ? [notSupported('propagationPolicy', policy, [...POLICIES, 'nil'])]
      : []),
    ...(policy !== undefined && orphan !== undefined
      ? [
          invalid(
            'propagationPolicy',
            policy,
            'orphanDependents and deletionPropagation cannot be both set',
          ),
        ]
      : []),
    ...validateDryRun(dryRun),
  ];
  if (errors.length > 0) throw newInvalid('meta.k8s.io', 'DeleteOptions', '', errors);
}
