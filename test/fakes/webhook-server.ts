/**
 * Webhooks for tests of the `workerd` project: what its Workers fetch arrives here, in Node. A
 * webhook does what its path says, `https://webhooks.test/<behaviour>/<argument>…`; it keeps nothing,
 * so that tests may share it. Hosts other than this one are not there.
 */
export const WEBHOOK_HOST = 'webhooks.test';

interface Fields {
  readonly [name: string]: unknown;
}

interface Manifest extends Fields {
  readonly metadata?: {
    readonly labels?: Fields;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Fields;
  readonly spec?: { readonly initContainers?: readonly object[] };
}

interface AdmissionRequest {
  readonly uid: string;
  readonly operation: string;
  readonly object: Manifest | null;
  readonly oldObject: Manifest | null;
}

interface ConversionRequest {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly Fields[];
}

interface AdmissionAnswer extends Fields {
  readonly allowed: boolean;
}

type PatchOperation = Readonly<Record<'op' | 'path', string>> & { readonly value: unknown };

const ALLOW: AdmissionAnswer = { allowed: true };
const deny = (message: string, more: object = {}): AdmissionAnswer => ({
  allowed: false,
  status: { message, ...more },
});

function mutate(...operations: PatchOperation[]): AdmissionAnswer {
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return { allowed: true, patchType: 'JSONPatch', patch };
}

/** A JSON patch that sets a member of an object that may not be there yet. */
function set(path: string, members: Fields | undefined, key: string, value: string) {
  const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1');
  return members === undefined
    ? mutate({ op: 'add', path, value: { [key]: value } })
    : mutate({ op: 'add', path: `${path}/${escaped}`, value });
}

/** What is asked about: the new state, or of a deletion what there was. */
const subjectOf = ({ object, oldObject }: AdmissionRequest): Manifest => object ?? oldObject ?? {};

type Behaviour = (request: AdmissionRequest, ...args: string[]) => AdmissionAnswer;

/** Webhooks that answer with a proper review. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  allow: () => ALLOW,
  deny: (_request, message = 'no') => deny(message),
  /** Refuses what has the text anywhere in it. */
  'deny-text': (request, text = '') =>
    JSON.stringify(subjectOf(request)).includes(text) ? deny(`it contains ${text}`) : ALLOW,
  'deny-with-code': (_request, code = '403', reason = 'Forbidden') =>
    deny('no', { code: Number(code), reason }),
  /** Refuses, and says in JSON what it was asked. */
  tell: (request) => deny(JSON.stringify(request)),
  warn: (_request, ...warnings) => ({ allowed: true, warnings }),
  'warn-and-deny': (_request, warning = '') => ({ ...deny('no'), warnings: [warning] }),
  annotate: (_request, key = '', value = '') => ({
    allowed: true,
    auditAnnotations: { [key]: value },
  }),
  /** Sets a key of `data`, where another one is there if that is asked for. */
  'add-data': (request, key = '', value = '', onlyWith = '') => {
    const { data } = subjectOf(request);
    return onlyWith === '' || data?.[onlyWith] !== undefined
      ? set('/data', data, key, value)
      : ALLOW;
  },
  label: (request, key = '', value = '') =>
    set('/metadata/labels', subjectOf(request).metadata?.labels, key, value),
  /** Adds a word to the annotation `order`. */
  append: (request, word = '') => {
    const { annotations } = subjectOf(request).metadata ?? {};
    return set(
      '/metadata/annotations',
      annotations,
      'order',
      `${annotations?.['order'] ?? ''}${word}`,
    );
  },
  'add-init-container': (request, name = 'added') => {
    const { initContainers } = subjectOf(request).spec ?? {};
    const container = { name, image: 'example.com/init' };
    return initContainers === undefined
      ? mutate({ op: 'add', path: '/spec/initContainers', value: [container] })
      : initContainers.some((c) => (c as { name: string }).name === name)
        ? ALLOW
        : mutate({ op: 'add', path: '/spec/initContainers/-', value: container });
  },
  'bad-patch': () => mutate({ op: 'replace', path: '/spec/no/such/place', value: 1 }),
};

type RawBehaviour = (review: Fields, url: URL, ...args: string[]) => Response | Promise<Response>;

/** Webhooks that do not answer as they should, or not about admission. */
const MISBEHAVIOURS: Readonly<Record<string, RawBehaviour>> = {
  status: (_review, _url, code = '500') => new Response('out of order', { status: Number(code) }),
  redirect: () =>
    new Response(null, { status: 302, headers: { Location: `https://${WEBHOOK_HOST}/allow` } }),
  'wrong-uid': (review) => answer(review, { ...ALLOW, uid: 'another' }),
  'not-json': () => new Response('{"apiVersion": '),
  convert: (review, _url, first = 'first', other = 'other') => convert(review, first, other),
  'no-response': ({ apiVersion, kind }) => Response.json({ apiVersion, kind }),
  /** Allows, after some milliseconds. */
  slow: async (review, _url, ms = '0') => {
    await pass(Number(ms));
    return answer(review, ALLOW);
  },
  /** Answers half a second after nobody waits any more. */
  hang: async (review, url) => {
    await pass(Number.parseInt(url.searchParams.get('timeout') ?? '0', 10) * 1_000 + 500);
    return answer(review, ALLOW);
  },
};

/**
 * Converts custom resources between v1 and other versions: what is one field in v1 is another one,
 * of the same content, in these.
 */
function convert({ apiVersion, kind, request }: Fields, first: string, other: string): Response {
  const { uid, desiredAPIVersion, objects } = request as ConversionRequest;
  const [from, to] = desiredAPIVersion.endsWith('/v1') ? [other, first] : [first, other];
  const convertedObjects = objects.map(({ [from]: moved, ...object }) => ({
    ...object,
    apiVersion: desiredAPIVersion,
    ...(moved === undefined ? {} : { [to]: moved }),
  }));
  const response = { uid, convertedObjects, result: { status: 'Success' } };
  return Response.json({ apiVersion, kind, response });
}

/** The slowness that a webhook is asked to have: a client's timeout is what such tests are about. */
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const answer = ({ apiVersion, kind, request }: Fields, response: object): Response =>
  Response.json({
    apiVersion,
    kind,
    response: { uid: (request as AdmissionRequest).uid, ...response },
  });

/** Answers a request that a Worker of the tests made. */
export async function answerFetch(request: {
  readonly url: string;
  readonly method: string;
  json(): Promise<unknown>;
}): Promise<Response> {
  const url = new URL(request.url);
  if (url.host !== WEBHOOK_HOST) {
    return new Response(`tests reach ${WEBHOOK_HOST} only, not ${url.host}`, { status: 530 });
  }
  if (request.method !== 'POST') return new Response('webhooks take POST', { status: 405 });
  const review = (await request.json()) as Fields;
  const [name = '', ...args] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const misbehaviour = MISBEHAVIOURS[name];
  if (misbehaviour !== undefined) return misbehaviour(review, url, ...args);
  const behaviour = BEHAVIOURS[name];
  if (behaviour === undefined) return new Response(`no webhook ${name}`, { status: 404 });
  return answer(review, behaviour(review['request'] as AdmissionRequest, ...args));
}
