import type {
  HTTPGetAction,
  LifecycleHandler,
  Probe,
  SecurityContext,
} from 'kubernetes-types/core/v1.js';
import type { ContainerFields } from './fields.ts';
import { defaultPullPolicy } from './image-reference.ts';

/** Defaults of one container (pkg/apis/core/v1, SetDefaults_Container and the fields below it). */
export function setContainerDefaults(container: ContainerFields): void {
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.resources ??= {};
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef !== undefined) valueFrom.fieldRef.apiVersion ||= 'v1';
  }
  setProbeDefaults(container.livenessProbe);
  setProbeDefaults(container.readinessProbe);
  setProbeDefaults(container.startupProbe);
  setHandlerDefaults(container.lifecycle?.postStart);
  setHandlerDefaults(container.lifecycle?.preStop);
  setSecurityDefaults(container.securityContext);
}

function setProbeDefaults(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
  setHTTPGetDefaults(probe.httpGet);
}

function setHandlerDefaults(handler: LifecycleHandler | undefined): void {
  setHTTPGetDefaults(handler?.httpGet);
}

function setHTTPGetDefaults(action: HTTPGetAction | undefined): void {
  if (action === undefined) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function setSecurityDefaults(context: SecurityContext | undefined): void {
  if (context?.procMount === '') context.procMount = 'Default';
}
