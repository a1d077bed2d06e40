import type * as core from 'kubernetes-types/core/v1';
import type { Clock } from '../clock.ts';
import type { ContainerSpec, DesiredPod } from '../diff/pod.ts';
import { formatPod, podIdentity } from '../diff/pod.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { collectExec } from './collect-exec.ts';
import type { EventRecorder } from './event-recorder.ts';
import { answersInHTTP, HTTPRequestError, requestHTTP } from './http-action.ts';
import { portNumber } from './probe-port.ts';

export interface HookRequest {
  readonly pod: DesiredPod;
  readonly container: ContainerSpec;
  readonly containerID: string;
  readonly handler: core.LifecycleHandler;
  readonly podIP: string;
  /** Aborted when nobody waits for the hook any more. */
  readonly signal: AbortSignal;
}

/** Runs a hook to its end. Throws HookError when it failed, or was cut short. */
export type RunHook = (deps: HookDeps, request: HookRequest) => Promise<void>;

/** A hook that failed; the message is the one of a container's status. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

/** Nothing happens in a simulated container; its hooks are over at once. */
export const simulatedHook: RunHook = async () => undefined;

export interface HookDeps {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly events: EventRecorder;
}

/** Hooks as kubelet runs them; after pkg/kubelet/lifecycle (handlers). */
export const runHook: RunHook = async (deps, request) => {
  const { handler } = request;
  if (handler.exec !== undefined) return runExec(deps, request, handler.exec.command ?? []);
  if (handler.httpGet !== undefined) return runHTTP(deps, request, handler.httpGet);
  if (handler.sleep !== undefined) {
    return sleep(deps.clock, handler.sleep.seconds * 1000, request.signal);
  }
  // tcpSocket is there for objects of old only; upstream fails it, too.
  throw new HookError('Cannot run handler: invalid handler');
};

async function runExec(
  { runtime }: HookDeps,
  request: HookRequest,
  command: readonly string[],
): Promise<void> {
  const fail = (error: string, output: string): HookError =>
    new HookError(
      `Exec lifecycle hook ([${command.join(' ')}]) for ${whose(request)} failed - error: ${error}, message: ${JSON.stringify(output)}`,
    );
  let result;
  try {
    result = await collectExec(runtime, request.containerID, command, request.signal);
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error), '');
  }
  const { exitCode, output } = result;
  if (exitCode === 0) return;
  throw fail(`command '${command.join(' ')}' exited with ${exitCode}: ${output}`, output);
}

/** Any answer will do: a hook tells, and asks nothing. */
async function runHTTP(
  deps: HookDeps,
  request: HookRequest,
  action: core.HTTPGetAction,
): Promise<void> {
  const { container, pod, podIP, signal } = request;
  const get = (scheme: string | undefined): Promise<unknown> =>
    requestHTTP({
      action: { ...action, ...(scheme === undefined ? {} : { scheme }) },
      host: action.host ?? podIP,
      port: action.port === '' ? DEFAULT_PORT : portNumber(container, action.port),
      userAgent: 'kube-lifecycle/1.36',
      signal,
    });
  try {
    try {
      await get(undefined);
    } catch (error) {
      if (!(error instanceof HTTPRequestError) || !answersInHTTP(error)) throw error;
      await get('HTTP');
      const message = `request to HTTPS lifecycle hook ${error.address} got HTTP response, retry with HTTP succeeded`;
      deps.events.pod(podIdentity(pod), 'Warning', 'LifecycleHTTPFallback', message);
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new HookError(
      `HTTP lifecycle hook (${action.path ?? ''}) for ${whose(request)} failed - error: ${cause}`,
      { cause: error },
    );
  }
}

const DEFAULT_PORT = 80;

const whose = ({ container, pod }: HookRequest): string =>
  `Container "${container.name}" in Pod "${formatPod(podIdentity(pod))}"`;

function sleep(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(durationMs, resolve);
    signal.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}
