import { BenchClient, inParallel, latencies, round } from '../client.ts';
import { namespace, unscheduledPod } from '../objects.ts';
import { cpuSecondsOf, type Target } from '../target.ts';

const CLIENTS = 50;
const CREATES = 2_000;
/** One at a time, for the latency of one create. */
const SINGLE_CREATES = 200;
const RULES = 1_000;
const RULES_PER_ROLE = 10;
const QUOTAS = 50;
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

interface Setting {
  readonly name: string;
  /** Policies that judge every pod of the namespace. */
  readonly policies?: number;
  readonly quotas?: number;
  /** Whether the creator has 1,000 rules, of which the last allows it. Otherwise nothing is asked. */
  readonly hasRules?: boolean;
}

const SETTINGS: readonly Setting[] = [
  { name: 'nothing' },
  { name: '10 policies', policies: 10 },
  { name: '100 policies', policies: 100 },
  { name: '1000 rules', hasRules: true },
  { name: '50 quotas', quotas: QUOTAS },
  { name: 'all of it', policies: 100, quotas: QUOTAS, hasRules: true },
];

/**
 * What a create of a pod costs with policies, rules and quotas that it has to pass. The settings are
 * measured one after the other in one server; `ratio` is the processor time over that of the first.
 */
export async function admission(target: Target): Promise<Record<string, unknown>[]> {
  const admin = new BenchClient(target, CLIENTS);
  const account = await writeRules(admin);
  const robot = new BenchClient({ ...target, token: account }, CLIENTS);
  const lines: Record<string, unknown>[] = [];
  let base: number | undefined;
  for (const [index, setting] of SETTINGS.entries()) {
    const at = `bench-admission-${index}`;
    await prepare(admin, at, setting);
    const creator = setting.hasRules === true ? robot : admin;
    const pods = `/api/v1/namespaces/${at}/pods`;
    const create = (name: string) => creator.call('POST', pods, unscheduledPod(name));
    // What was written a moment ago counts from here on, and is compiled.
    for (let i = 0; i < 20; i++) await create(`warm-${i}`);
    const singles: number[] = [];
    for (let i = 0; i < SINGLE_CREATES; i++) {
      const sentAt = performance.now();
      await create(`single-${i}`);
      singles.push(performance.now() - sentAt);
    }
    const startedAt = performance.now();
    const cpuBefore = cpuSecondsOf(target.pid);
    await inParallel(CREATES, CLIENTS, async (i) => void (await create(`pod-${i}`)));
    const microsPerCreate = ((performance.now() - startedAt) * 1000) / CREATES;
    const cpuAfter = cpuSecondsOf(target.pid);
    // Of the server alone: what else the machine does is not in it.
    const cpu =
      cpuBefore === null || cpuAfter === null
        ? microsPerCreate
        : ((cpuAfter - cpuBefore) * 1e6) / CREATES;
    base ??= cpu;
    lines.push({
      setting: setting.name,
      microsPerCreate: round(microsPerCreate),
      cpuMicrosPerCreate: round(cpu),
      ratio: round(cpu / base),
      ...latencies(singles),
    });
  }
  admin.close();
  robot.close();
  return lines;
}

/** Makes an account with 1,000 rules in 100 roles; the last rule lets it create pods. */
async function writeRules(client: BenchClient): Promise<string> {
  const roles = RULES / RULES_PER_ROLE;
  await inParallel(roles, 10, async (index) => {
    const name = `bench-${String(index).padStart(3, '0')}`;
    const rules = Array.from({ length: RULES_PER_ROLE }, (_, i) => ({
      apiGroups: [''],
      resources: [`things-${index}-${i}`],
      verbs: ['get', 'create'],
    }));
    if (index === roles - 1) rules[RULES_PER_ROLE - 1]?.resources.splice(0, 1, 'pods');
    await client.call('POST', `${RBAC}/clusterroles`, { metadata: { name }, rules });
    await client.call('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'bench', namespace: 'default' }],
    });
  });
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await client.call('POST', accounts, { metadata: { name: 'bench' } });
  const { status } = await client.call<{ status: { token: string } }>(
    'POST',
    `${accounts}/bench/token`,
    {},
  );
  return status.token;
}

async function prepare(client: BenchClient, at: string, setting: Setting): Promise<void> {
  await client.call('POST', '/api/v1/namespaces', namespace(at));
  await inParallel(setting.policies ?? 0, 10, async (index) => {
    const name = `${at}-${index}`;
    await client.call('POST', `${REGISTRATION}/validatingadmissionpolicies`, {
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
        validations: [
          { expression: "object.spec.containers.all(c, c.image.startsWith('example/'))" },
          { expression: `!has(object.metadata.labels.forbidden${index})` },
        ],
      },
    });
    await client.call('POST', `${REGISTRATION}/validatingadmissionpolicybindings`, {
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': at } },
        },
      },
    });
  });
  const quotas = `/api/v1/namespaces/${at}/resourcequotas`;
  await inParallel(setting.quotas ?? 0, 10, async (index) => {
    const hard = { pods: String(100_000 + index), 'requests.cpu': '100k' };
    await client.call('POST', quotas, { metadata: { name: `q-${index}` }, spec: { hard } });
  });
}
