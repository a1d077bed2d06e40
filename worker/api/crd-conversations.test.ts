import { describe, expect, it } from 'vitest';
import { call } from '../../test/workerd/api.ts';
import {
  Bindings,
  compareAnswer,
  type Conversation,
  send,
} from '../../test/workerd/conversation.ts';
import { DEFINITIONS_PATH, established } from '../../test/workerd/definitions.ts';
import { createNamespace, freshCluster } from '../../test/workerd/stores.ts';
import recorded from './testdata/crd-server.jsonl?raw';

const conversations = recorded
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Conversation);

const MANY_VERSIONS = 'there, a patch in another version drops managedFields; here they are kept';
const NO_HASH = 'storageVersionHash is left out';
const NOT_SERVED = 'what is not served is told as a Status, in words of its own';
/** The recorded server has no collector; whether ours comes before the next request is a race. */
const COLLECTOR = 'a garbage collector runs here, and ends the deletion';

/** Steps whose answers differ, with the reason. The list is exact, but for {@link COLLECTOR}. */
const KNOWN: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'crd-server-0007': { 23: 'words of the YAML library' },
  'crd-server-0009': {
    5: 'a cause is told once',
    8: 'the resourceVersion is that of the removal',
    16: COLLECTOR,
    20: COLLECTOR,
    21: COLLECTOR,
  },
  'crd-server-0010': {
    25: 'the rest of the words for a continue token',
    32: 'the number is that of an old revision here',
  },
  'crd-server-0011': {
    11: 'partial objects in rows are always v1',
  },
  'crd-server-0013': {
    5: NOT_SERVED,
    6: MANY_VERSIONS,
    7: MANY_VERSIONS,
    8: MANY_VERSIONS,
    9: MANY_VERSIONS,
    11: NO_HASH,
    12: NO_HASH,
    13: NOT_SERVED,
  },
  'crd-server-0014': { 1: NO_HASH },
  'crd-server-0016': { 1: NOT_SERVED, 3: NOT_SERVED, 5: NOT_SERVED },
  'crd-server-0018': {
    11: 'a path with dots is none of a resource',
    12: 'nothing is created in a namespace that is not there',
  },
  'crd-server-0020': {
    3: 'our name for the controller',
    9: 'our name for the controller',
    10: 'our name for the controller',
  },
};

describe('conversations with an API server that serves custom resources', () => {
  it.each(conversations)('$id goes as it was recorded', async ({ id, in: input, out }) => {
    const cluster = freshCluster();
    await createNamespace(cluster, 'ns');
    const bindings = new Bindings();
    const differences: Record<number, string> = {};
    for (const [i, step] of input.steps.entries()) {
      const want = out.steps[i]!;
      const response = await send(cluster, step, bindings);
      const difference = await compareAnswer(response, want, bindings);
      if (difference !== undefined) differences[i] = difference;
      // Requests may be served by definitions of up to half a second ago; discovery never is.
      if (step.path.startsWith(DEFINITIONS_PATH)) await call(cluster, 'GET', '/apis');
      const { metadata } = (step.body ?? {}) as { metadata?: { name: string } };
      if (i === 0 && step.path.startsWith(DEFINITIONS_PATH) && want.status === 201) {
        await established(cluster, metadata!.name);
      }
    }
    const known = KNOWN[id] ?? {};
    const unexpected = Object.entries(differences).filter(([i]) => known[Number(i)] === undefined);
    expect(Object.fromEntries(unexpected)).toEqual({});
    const isCertain = (i: string) => known[Number(i)] !== COLLECTOR;
    expect(Object.keys(differences).filter(isCertain)).toEqual(
      Object.keys(known).filter(isCertain),
    );
  });
});
