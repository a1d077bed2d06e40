import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach } from 'vitest';
import { runAgent } from '../../node-agent/agent.ts';
import type { Agent, AgentParts } from '../../node-agent/agent.ts';
import { systemClock } from '../../node-agent/clock.ts';
import type { VolumePlan } from '../../node-agent/diff/volume-plan.ts';
import { SimulatedRuntime } from '../../node-agent/runtime/simulated/simulated-runtime.ts';
import { simulatedLimits } from '../../node-agent/simulate.ts';
import { memoryStateStore } from '../../node-agent/state/state-store.ts';
import { simulatedHook } from '../../node-agent/sync/lifecycle-hook.ts';
import type { RunHook } from '../../node-agent/sync/lifecycle-hook.ts';
import { noMachineFiles } from '../../node-agent/sync/machine-files.ts';
import { simulatedProbe } from '../../node-agent/sync/probe.ts';
import { simulatedVolumes } from '../../node-agent/sync/volume-store.ts';
import { enrolNode } from '../../node-agent/transport/enrol.ts';
import { generateNodeKey } from '../../node-agent/transport/node-key.ts';
import { ENROLMENT_TOKEN, FakeControlPlane } from './control-plane.ts';
import type { FakePod } from './control-plane.ts';

/** A pod of one container that serves. */
export function fakePod(name: string, spec: object = {}): FakePod {
  return {
    metadata: { namespace: 'default', name, uid: randomUUID(), generation: 1 },
    spec: {
      containers: [{ name: 'main', image: 'web:1', command: ['serve'] }],
      terminationGracePeriodSeconds: 1,
      ...spec,
    },
  };
}

/** What an agent of the node `edge` is made of, enrolled; all but the control plane is simulated. */
export async function testedParts(
  plane: FakeControlPlane,
  runtime: SimulatedRuntime,
): Promise<AgentParts> {
  const key = generateNodeKey();
  const endpoint = { server: plane.server };
  const request = { nodeName: 'edge', publicKey: key.publicJWK };
  return {
    ...(await enrolNode(endpoint, ENROLMENT_TOKEN, request)),
    endpoint,
    key,
    runtime,
    nodeName: 'edge',
    clock: systemClock,
    state: memoryStateStore(),
    volumes: simulatedVolumes,
    runProbe: simulatedProbe,
    runHook: simulatedHook,
    machine: {
      internalIP: '10.1.2.3',
      hostname: 'edge',
      machineID: 'm',
      systemUUID: 's',
      bootID: 'b',
      diskBytes: 1e9,
    },
    machineFiles: noMachineFiles,
    machineUsage: async () => ({ usageCoreNanoSeconds: Date.now() * 1e5, workingSetBytes: 4096 }),
    limits: simulatedLimits(),
    labels: { tier: 'edge' },
    logger: pino({ level: 'silent' }),
    random: () => 0,
  };
}

export interface TestedAgent {
  readonly plane: FakeControlPlane;
  readonly runtime: SimulatedRuntime;
  readonly agent: Agent;
  /** Volumes as they were last set up, by name. */
  readonly shown: ReadonlyMap<string, VolumePlan>;
}

/**
 * What the tests of a file start their agents with; all that it starts is ended after each test. What
 * else a test starts may be added to `cleanups`.
 */
export function testedAgents() {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  const setUp = async (
    options: { missingImages?: string[]; runHook?: RunHook } = {},
  ): Promise<TestedAgent> => {
    const shown = new Map<string, VolumePlan>();
    const plane = await FakeControlPlane.start();
    cleanups.push(() => plane.stop());
    const runtime = new SimulatedRuntime({ clock: systemClock, ...options });
    const agent = await runAgent({
      ...(await testedParts(plane, runtime)),
      runHook: options.runHook ?? simulatedHook,
      volumes: {
        ...simulatedVolumes,
        setUp(podUID, name, plan) {
          shown.set(name, plan);
          return simulatedVolumes.setUp(podUID, name, plan);
        },
      },
    });
    cleanups.push(() => agent.stop());
    await plane.until('hello', () => plane.hellos.length > 0);
    return { plane, runtime, agent, shown };
  };
  return { cleanups, setUp };
}
