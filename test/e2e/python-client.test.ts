import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { run } from './harness/processes.ts';

/** Debian's own Python, for which Debian's package of the library is made. */
const PYTHON = '/usr/bin/python3';
const isThere = existsSync(PYTHON) && (await run(PYTHON, ['-c', 'import kubernetes'])).code === 0;
if (!isThere) process.stderr.write('python3-kubernetes is not installed: its test is skipped\n');

describe.skipIf(!isThere)('the Python client library', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('python', { node: false });
  });
  afterAll(() => cluster?.stop());

  it('works with typed and dynamic clients, watches, and resources that it defines', async () => {
    const namespace = await cluster.namespace();
    const script = fileURLToPath(new URL('testdata/client.py', import.meta.url));
    const { code, stdout, stderr } = await run(PYTHON, [script, namespace, cluster.dir.kubeconfig]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      patched: { a: 'b', c: 'd' },
      watched: 'ADDED typed',
      groups: expect.arrayContaining(['apps', 'apiextensions.k8s.io']) as unknown,
      size: 2,
      applied: [3, expect.arrayContaining(['Apply'])],
      refused: 'spec.size',
      listed: ['c'],
    });
  });
});
