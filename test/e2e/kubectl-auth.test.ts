import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newCertificateRequest } from '../certificates/new-request.ts';
import { Cluster } from './harness/cluster.ts';
import { kubectlVersions } from './harness/kubectl.ts';
import { kubectlInNamespace } from './harness/kubectl-in-namespace.ts';
import type { RunOptions } from './harness/processes.ts';
import { until } from './harness/until.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** `auth whoami` came with 1.28 as a command without a prefix. */
const minorOf = (version: string): number => Number(version.split('.')[1] ?? '99');

/** Who may do what, by the commands that people have for it. */
describe.skipIf(kubectlVersions.length === 0)('kubectl about permissions', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('kubectl-auth', { node: false });
  });
  afterAll(() => cluster?.stop());

  describe.each(kubectlVersions)('$version', ({ version, path }) => {
    async function given() {
      const { namespace, kubectl, output } = await kubectlInNamespace(cluster, path);
      const refusal = async (args: string[], options?: RunOptions) => {
        const { code, stderr } = await kubectl(args, options);
        expect(code, args.join(' ')).toBe(1);
        return stderr;
      };
      return { namespace, kubectl, output, refusal };
    }

    it.concurrent('gives roles, lists what they allow, and acts as others', async () => {
      const { namespace, kubectl, output, refusal } = await given();
      await output(['create', 'role', 'reader', '--verb=get,list', '--resource=pods,pods/log']);
      await output([
        'create',
        'rolebinding',
        'reader',
        '--role=reader',
        '--user=bob',
        '--group=devs',
      ]);
      expect(await output(['get', 'pods', '--as', 'bob'])).toBe('');
      expect(await output(['get', 'pods', '--as', 'x', '--as-group', 'devs'])).toBe('');
      expect(await refusal(['get', 'secrets', '--as', 'bob'])).toContain(
        `Error from server (Forbidden): secrets is forbidden: User "bob" cannot list resource "secrets" in API group "" in the namespace "${namespace}"`,
      );
      expect(await output(['auth', 'can-i', 'list', 'pods', '--as', 'bob'])).toBe('yes\n');
      const no = await kubectl(['auth', 'can-i', 'delete', 'pods', '--as', 'bob']);
      expect([no.code, no.stdout]).toEqual([1, 'no\n']);
      const list = await output(['auth', 'can-i', '--list', '--as', 'bob']);
      expect(list).toMatch(/^pods +\[\] +\[\] +\[get list\]$/m);
      expect(list).toMatch(
        /^selfsubjectaccessreviews.authorization.k8s.io +\[\] +\[\] +\[create\]$/m,
      );
      expect(list).toMatch(/^ +\[\/version\] +\[\] +\[get\]$/m);
      expect(await output(['auth', 'can-i', '--list'])).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    });

    it.concurrent('says who one is', async () => {
      const { output } = await given();
      if (minorOf(version) < 28) return;
      const whoami = await output(['auth', 'whoami', '--as', 'eve', '--as-group', 'devs']);
      expect(whoami).toMatch(/^Username +eve$/m);
      expect(whoami).toMatch(/^Groups +\[devs system:authenticated\]$/m);
    });

    it.concurrent('makes tokens that let accounts in', async () => {
      const { namespace, output, refusal } = await given();
      await output(['create', 'serviceaccount', 'robot']);
      await output([
        'create',
        'rolebinding',
        'robot',
        '--clusterrole=view',
        `--serviceaccount=${namespace}:robot`,
      ]);
      const token = (await output(['create', 'token', 'robot', '--duration=20m'])).trim();
      const { status } = await cluster
        .as(token)
        .request('GET', `/api/v1/namespaces/${namespace}/pods`);
      expect(status).toBe(200);
      const secrets = await cluster
        .as(token)
        .request('GET', `/api/v1/namespaces/${namespace}/secrets`);
      expect(secrets.status).toBe(403);
      expect(await refusal(['create', 'token', 'robot', '--duration=1m'])).toContain(
        'may not specify a duration less than 10 minutes',
      );
      expect(await refusal(['create', 'token', 'nobody'])).toContain(
        'serviceaccounts "nobody" not found',
      );
    });

    it.concurrent('adds roles up, and lets nobody give more than he has', async () => {
      const { namespace, output, refusal } = await given();
      const label = `${namespace}.example.com/aggregate`;
      await output([
        'create',
        'clusterrole',
        `${namespace}-sum`,
        `--aggregation-rule=${label}=true`,
      ]);
      await output(['create', 'clusterrole', `${namespace}-part`, '--verb=get', '--resource=pods']);
      await output(['label', 'clusterrole', `${namespace}-part`, `${label}=true`]);
      await until('the role is added up', async () => {
        const rules = await output([
          'get',
          'clusterrole',
          `${namespace}-sum`,
          '-o',
          'jsonpath={.rules}',
        ]);
        return rules === '[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]';
      });
      const writer = `${namespace}-writer`;
      const resources = `--resource=roles.${RBAC},rolebindings.${RBAC}`;
      await output(['create', 'clusterrole', writer, '--verb=create', resources]);
      await output([
        'create',
        'clusterrolebinding',
        writer,
        `--clusterrole=${writer}`,
        `--user=${writer}`,
      ]);
      const asWriter = ['--as', writer];
      await until('the store of the namespace knows', async () => {
        const may = ['auth', 'can-i', 'create', `roles.${RBAC}`, ...asWriter];
        return (await cluster.kubectlAt(path, ['-n', namespace, ...may])).stdout === 'yes\n';
      });
      expect(
        await refusal(['create', 'role', 'thief', '--verb=get', '--resource=secrets', ...asWriter]),
      ).toContain(
        `roles.${RBAC} "thief" is forbidden: user "${writer}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`,
      );
      expect(
        await refusal([
          'create',
          'rolebinding',
          'thief',
          '--clusterrole=view',
          `--user=${writer}`,
          ...asWriter,
        ]),
      ).toContain('is attempting to grant RBAC permissions not currently held:');
    });

    it.concurrent('reconciles roles and bindings', async () => {
      const { namespace, output } = await given();
      const manifests = (verbs: string[], user: string) =>
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          items: [
            {
              apiVersion: `${RBAC}/v1`,
              kind: 'Role',
              metadata: { name: 'rec', namespace },
              rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
            },
            {
              apiVersion: `${RBAC}/v1`,
              kind: 'RoleBinding',
              metadata: { name: 'rec', namespace },
              roleRef: { apiGroup: RBAC, kind: 'Role', name: 'rec' },
              subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
            },
          ],
        });
      const reconcile = (input: string) => output(['auth', 'reconcile', '-f', '-'], { input });
      await reconcile(manifests(['get'], 'amy'));
      await reconcile(manifests(['get', 'list'], 'bea'));
      const rules = ['get', 'role', 'rec', '-o', 'jsonpath={.rules[*].verbs[*]}'];
      expect(await output(rules)).toBe('get list');
      const subjects = ['get', 'rolebinding', 'rec', '-o', 'jsonpath={.subjects[*].name}'];
      expect(await output(subjects)).toBe('amy bea');
    });

    it.concurrent('approves requests for certificates, for whoever may, and has them signed', async () => {
      const { namespace, output, refusal } = await given();
      const object = {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: namespace },
        spec: {
          request: Buffer.from(await newCertificateRequest('CN=joe, O=devs')).toString('base64'),
          signerName: 'kubernetes.io/kube-apiserver-client',
          usages: ['client auth'],
        },
      };
      await output(['create', '-f', '-'], { input: JSON.stringify(object) });
      expect(await refusal(['certificate', 'approve', namespace, '--as', 'bob'])).toContain(
        `certificatesigningrequests.certificates.k8s.io "${namespace}" is forbidden`,
      );
      await output(['certificate', 'approve', namespace]);
      const certificate = await until('the certificate is there', () =>
        output(['get', 'csr', namespace, '-o', 'jsonpath={.status.certificate}']),
      );
      expect(await output(['get', 'csr', namespace])).toMatch(
        /kubernetes-admin +<none> +Approved,Issued$/m,
      );
      const issued = new X509Certificate(Buffer.from(certificate, 'base64'));
      expect(issued.subject).toBe('CN=joe\nO=devs');
      const map = ['-n', 'kube-system', 'get', 'configmap', 'extension-apiserver-authentication'];
      const authority = await cluster.kubectlOutput([
        ...map,
        '-o',
        String.raw`jsonpath={.data.client-ca-file}`,
      ]);
      expect(issued.verify(new X509Certificate(authority).publicKey)).toBe(true);
    });

    it.concurrent('holds pods to the standard that a label names', async () => {
      const { namespace, kubectl, output, refusal } = await given();
      await output(['run', 'old', '--image=none']);
      const level = (mode: string, value: string) =>
        kubectl([
          'label',
          '--overwrite',
          'namespace',
          namespace,
          `pod-security.kubernetes.io/${mode}=${value}`,
        ]);
      const enforced = await level('enforce', 'restricted');
      expect(enforced.stdout).toBe(`namespace/${namespace} labeled\n`);
      expect(enforced.stderr).toContain(
        `Warning: existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "restricted:latest"\nWarning: old: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile\n`,
      );
      expect(await refusal(['run', 'new', '--image=none'])).toContain(
        'Error from server (Forbidden): pods "new" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "new" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "new" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "new" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "new" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
      );
      await level('enforce', 'privileged');
      await level('warn', 'baseline');
      const warned = await kubectl([
        'run',
        'host',
        '--image=none',
        '--overrides={"spec":{"hostNetwork":true}}',
      ]);
      expect(warned.stdout).toBe('pod/host created\n');
      expect(warned.stderr).toContain(
        'Warning: would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
      );
      expect((await level('enforce', 'nope')).stderr).toContain(
        'must be one of privileged, baseline, restricted',
      );
    });
  });
});
