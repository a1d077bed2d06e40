import type { Logger } from 'pino';
import { DIRECTORY_ANNOTATION } from '../apimachinery/local-path.ts';
import { USAGE_FEATURE } from '../apimachinery/node-usage.ts';
import { STREAM_FEATURES } from '../apimachinery/stream-protocol.ts';
import type { Clock } from './clock.ts';
import type { MachineUsage } from './diff/usage.ts';
import type { ShutdownPeriod } from './diff/shutdown/shutdown-periods.ts';
import { MachineCare } from './machine-care.ts';
import type { MachineLimits } from './machine-care.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import type { StateStore } from './state/state-store.ts';
import { startLocalServer } from './node-api/local-server.ts';
import { newLocalAPI, newNodeAPI } from './node-api/routes.ts';
import { allocatableOf } from './diff/allocatable.ts';
import { serviceEnvironment } from './diff/service-environment.ts';
import { EngineView } from './sync/engine-view.ts';
import { EventRecorder } from './sync/event-recorder.ts';
import type { MachineFiles } from './sync/machine-files.ts';
import { MirrorPods } from './sync/mirror-pods.ts';
import type { MachineFacts } from './sync/node-status.ts';
import { nodeCapacity, nodeLabels } from './sync/node-status.ts';
import { PodSync } from './sync/pod-sync.ts';
import { RequestedTokens } from './sync/pod-tokens.ts';
import type { PodTokens, StoredTokens } from './sync/pod-tokens.ts';
import type { RunHook } from './sync/lifecycle-hook.ts';
import type { RunProbe } from './sync/probe.ts';
import { ReportQueue } from './sync/report-queue.ts';
import { newSlots } from './sync/slots.ts';
import { newStatusFile } from './status-of-agent.ts';
import { StaticPods } from './sync/static-pods.ts';
import { VolumeRemovals } from './sync/volume-removals.ts';
import { UsageSampler } from './sync/usage-sampler.ts';
import type { VolumeStore } from './sync/volume-store.ts';
import type { Endpoint } from './transport/endpoint.ts';
import { Link } from './transport/link.ts';
import { Dialler } from './transport/socket/dialler.ts';
import type { NodeKey } from './transport/node-key.ts';
import { newNodeRequester } from './transport/node-request.ts';
import { newTokenSource } from './transport/node-token.ts';
import { newTokenRequester } from './transport/token-request.ts';
import { StreamServer } from './transport/streams/stream-server.ts';
import { AGENT_VERSION } from './version.ts';

/** Everything that an agent is made of; `start-agent.ts` and `simulate.ts` fill it in. */
export interface AgentParts {
  readonly endpoint: Endpoint;
  readonly nodeName: string;
  readonly cluster: string;
  /** From the enrolment; goes into every token. */
  readonly certificate: string;
  readonly key: NodeKey;
  readonly runtime: ContainerRuntime;
  readonly state: StateStore;
  readonly volumes: VolumeStore;
  /** Absent: they are asked of the endpoint. */
  readonly tokens?: PodTokens;
  readonly machine: MachineFacts;
  readonly machineFiles: MachineFiles;
  /** What the machine as a whole uses. */
  readonly machineUsage: () => Promise<MachineUsage>;
  /** Directory of the machine's logs, which `nodes/proxy` shows; absent: it does not. */
  readonly systemLogs?: string;
  readonly limits: MachineLimits;
  readonly labels: Readonly<Record<string, string>>;
  /** How pods end when the machine goes down; absent: they do not. */
  readonly shutdownPeriods?: readonly ShutdownPeriod[];
  /** Port of the loopback interface for health and metrics; absent: they are not served there. */
  readonly metricsPort?: number;
  /** Where it is said how the agent is, and of which release it is; absent: nowhere. */
  readonly statusFile?: { readonly path: string; readonly release: string };
  /** The folder with the manifests of static pods; absent: there are none. */
  readonly staticPodPath?: string;
  readonly runProbe: RunProbe;
  readonly runHook: RunHook;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface Agent {
  readonly nodeName: string;
  /**
   * Ends the pods, because the machine goes down; does nothing where there are no periods for it.
   * Resolves when the machine may go.
   */
  shutDown(): Promise<void>;
  /** Lets go of everything; containers keep running. Resolves once the state is on disk. */
  stop(): Promise<void>;
}

/** Pods whose engine state changes at once; more would only make each slower. */
const CONCURRENT_PODS = 8;
/** Images that are pulled at once: each pull loads several layers side by side already. */
const CONCURRENT_PULLS = 3;

/**
 * Starts a node's agent: what the disk knows, then the engine, then the pods, then the link, so
 * that pods are looked after whether or not there is a control plane.
 */
export async function runAgent(parts: AgentParts): Promise<Agent> {
  const { clock, logger, runtime, state, machine } = parts;
  const { desired, records, tokens: storedTokens } = await state.load();
  const token = newTokenSource(parts.key, parts, () => clock.now());
  for (const uid of storedTokens.keys()) {
    if (!desired.pods.has(uid)) state.saveTokens(uid, undefined);
  }
  const requested = {
    clock,
    logger,
    random: parts.random,
    request: newTokenRequester(parts.endpoint, token),
    keep: (uid: string, kept: StoredTokens | undefined) => state.saveTokens(uid, kept),
  };
  const tokens = parts.tokens ?? new RequestedTokens(requested, storedTokens);
  const engine = await runtime.nodeFacts();
  const reports = new ReportQueue();
  const events = new EventRecorder(clock, reports);
  let pods: PodSync | undefined;
  const staticPods = new StaticPods({
    path: parts.staticPodPath,
    nodeName: parts.nodeName,
    clock,
    logger,
    onChange(uids) {
      pods?.staticChanged(uids);
      mirrors.poke();
    },
  });
  const mirrors: MirrorPods = new MirrorPods({
    clock,
    logger,
    nodeName: parts.nodeName,
    staticPods: staticPods.pods,
    desired: desired.pods,
    request: newNodeRequester(parts.endpoint, token),
  });
  const view = new EngineView(runtime, clock, logger, (uid) => {
    pods?.engineChanged(uid);
    care.podChanged();
  });
  const { reservations, thresholds } = parts.limits;
  const capacity = nodeCapacity(engine, machine);
  const allocatable = allocatableOf({ capacity, reservations, thresholds });
  const care = new MachineCare({
    limits: parts.limits,
    runtime,
    view,
    volumes: parts.volumes,
    clock,
    logger,
    engine,
    machine,
    allocatable,
    desiredPods: () => desired.pods.values(),
    pods: () => {
      if (pods === undefined) throw new Error('there are no pods yet');
      return pods;
    },
    warn: (reason, message) => events.node(parts.nodeName, 'Warning', reason, message),
    announce: (reason, message) => events.node(parts.nodeName, 'Normal', reason, message),
    shutdownPeriods: parts.shutdownPeriods ?? [],
    flush: async () => {
      if (link.connected) await reports.whenTold();
    },
    reportStatus: (status) => reports.nodeStatus(status),
  });
  pods = new PodSync(
    {
      runtime,
      view,
      clock,
      logger,
      events,
      objects: desired,
      volumes: parts.volumes,
      tokens,
      runProbe: parts.runProbe,
      runHook: parts.runHook,
      node: {
        hostIP: machine.internalIP,
        memoryBytes: engine.memoryBytes,
        allocatable,
        serviceEnvironment: serviceEnvironment(parts.endpoint.server),
      },
      admit: (pod) => care.refuse(pod),
      reportStatus: (pod, status) => reports.podStatus(pod, status),
      reportTerminated: (pod) => reports.podTerminated(pod),
      keepRecord(uid, record) {
        state.saveRecord(uid, record);
        care.podChanged();
        statusFile?.changed();
      },
      machineFiles: parts.machineFiles,
      withSlot: newSlots(CONCURRENT_PODS),
      requestsOfOthers: (uid) => pods?.requestsOfOthers(uid) ?? { cpuMilli: 0, memoryBytes: 0 },
      withPullSlot: newSlots(CONCURRENT_PULLS),
      mayUseImage: (image, credentials) => parts.limits.pulledImages.mayUse(image, credentials),
      onPulled: (image, credentials) => care.imagePulled(image, credentials),
    },
    desired,
    records,
    { pods: staticPods.pods, mirrorOf: (uid) => mirrors.identityOf(uid) },
  );
  const removals = new VolumeRemovals({
    volumes: parts.volumes,
    clock,
    logger,
    pods: () => desired.pods.values(),
    report: (volume) => reports.volumeRemoved(volume),
  });
  await staticPods.start();
  await view.start();
  await care.start();
  const { machineUsage } = parts;
  const usage = new UsageSampler({ runtime, view, machineUsage, clock, logger });
  const nodeAPIOptions = {
    nodeName: parts.nodeName,
    runtime,
    view,
    pods,
    usage,
    machineUsage,
    clock,
    systemLogs: parts.systemLogs,
  };
  const nodeAPI = newNodeAPI(nodeAPIOptions);
  const localServer =
    parts.metricsPort === undefined
      ? undefined
      : await startLocalServer(newLocalAPI(nodeAPIOptions), parts.metricsPort);
  const dialler = new Dialler({
    endpoint: parts.endpoint,
    token,
    clock,
    logger,
    random: parts.random,
  });
  const streams = new StreamServer({
    dialler,
    runtime,
    view,
    clock,
    logger,
    findPod: (uid) => pods.find(uid),
    nodeIP: machine.internalIP,
    nodeAPI,
    refuse: (streamID, code, message) => link.refuseStream(streamID, code, message),
  });
  let lastEpoch: string | undefined;
  const link: Link = new Link({
    dialler,
    nodeName: parts.nodeName,
    clock,
    logger,
    reports,
    random: parts.random,
    hello: () => ({
      agentVersion: AGENT_VERSION,
      position: desired.position,
      epoch: desired.epoch,
      node: {
        labels: {
          ...nodeLabels(engine, machine),
          ...parts.labels,
        },
        annotations: { [DIRECTORY_ANNOTATION]: parts.volumes.directories },
        status: care.nodeStatus(),
      },
      features: [USAGE_FEATURE, ...Object.values(STREAM_FEATURES)],
    }),
    async onDesired(frame) {
      if (!desired.accepts(frame)) return false;
      const changes = desired.apply(frame);
      await state.saveDesired(frame, desired);
      pods.desiredChanged(changes);
      removals.poke();
      mirrors.poke();
      return true;
    },
    onRemoveVolumes: ({ volumes }) => removals.order(volumes),
    onOpenStream: (frame) => streams.open(frame),
    onState: () => statusFile?.changed(),
    sampleUsage: async () => mirrors.inTheirName(await usage.sample()),
    onWelcome({ epoch, nodeUID, repeat }) {
      mirrors.connected(nodeUID);
      // Another epoch is another storage, which may not know what its predecessor was told.
      const isNew = lastEpoch !== undefined && epoch !== lastEpoch;
      lastEpoch = epoch;
      if (!isNew && repeat !== true) return;
      for (const { pod, status } of pods.statuses()) reports.podStatus(pod, status);
    },
  });
  const statusFile = newStatusFile(parts, () => ({ link: link.state, pods, view, care }));
  pods.start();
  link.start();
  statusFile?.start();
  return {
    nodeName: parts.nodeName,
    shutDown: () => care.shutDown(),
    async stop() {
      link.stop();
      streams.stop();
      staticPods.stop();
      mirrors.stop();
      pods.stop();
      removals.stop();
      care.stop();
      tokens.stop();
      view.stop();
      localServer?.close();
      await statusFile?.stop();
      await dialler.stop();
      await runtime.close();
      await state.close();
    },
  };
}
