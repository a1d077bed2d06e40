import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import type { Job, Pod, PodSpec, PodTemplateSpec } from '../kinds.ts';
import { podFactory } from '../pods/pod-from-template.ts';
import { judgeFailure } from './failure-policy.ts';
import { JOB_API_VERSION } from './job-facts.ts';
import {
  COMPLETION_INDEX,
  FAILURE_COUNT,
  failuresBefore,
  IGNORED_FAILURE_COUNT,
  TRACKING_FINALIZER,
} from './pod-facts.ts';

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';
/** What room the store's five random characters leave of a name. */
const MAX_PREFIX = 58;

type Container = PodSpec['containers'][number];

/** Pods of a job without indexes, each with the finalizer that keeps it until it is counted. */
export function podsOf(job: Job): () => KubernetesObject {
  return podFactory(tracked(job.spec.template), `${job.metadata.name}-`, controllerRef(job));
}

/**
 * A pod of an Indexed job. It knows its index by label, annotation, environment and host name, and
 * where indexes have backoff limits of their own, how often its index has failed before.
 */
export function indexedPod(job: Job, index: number, replaced: Pod | undefined): KubernetesObject {
  const { name } = job.metadata;
  const template = tracked(job.spec.template);
  const { labels, annotations } = template.metadata ?? {};
  const { containers = [], initContainers } = template.spec ?? {};
  const spec: PodSpec = {
    ...template.spec,
    hostname: `${name}-${index}`,
    containers: containers.map(withIndexVariable),
    ...(initContainers === undefined
      ? {}
      : { initContainers: initContainers.map(withIndexVariable) }),
  };
  const metadata = {
    ...template.metadata,
    labels: { ...labels, [COMPLETION_INDEX]: String(index) },
    annotations: {
      ...annotations,
      [COMPLETION_INDEX]: String(index),
      ...(job.spec.backoffLimitPerIndex === undefined ? {} : failureCounts(job, replaced)),
    },
  };
  const suffix = `-${index}-`;
  const prefix = name.slice(0, MAX_PREFIX - suffix.length) + suffix;
  return podFactory({ metadata, spec }, prefix, controllerRef(job))();
}

function controllerRef({ metadata: { name, uid } }: Job) {
  return newControllerRef({ apiVersion: JOB_API_VERSION, kind: 'Job', name, uid });
}

function tracked(template: PodTemplateSpec): PodTemplateSpec {
  const { finalizers = [] } = template.metadata ?? {};
  if (finalizers.includes(TRACKING_FINALIZER)) return template;
  return {
    ...template,
    metadata: { ...template.metadata, finalizers: [...finalizers, TRACKING_FINALIZER] },
  };
}

function withIndexVariable(container: Container): Container {
  const { env = [] } = container;
  if (env.some(({ name }) => name === INDEX_VARIABLE)) return container;
  const fieldPath = `metadata.labels['${COMPLETION_INDEX}']`;
  return {
    ...container,
    env: [...env, { name: INDEX_VARIABLE, valueFrom: { fieldRef: { fieldPath } } }],
  };
}

function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (replaced === undefined) return { [FAILURE_COUNT]: '0' };
  const { counted, ignored } = failuresBefore(replaced);
  const isIgnored = judgeFailure(job, replaced).action === 'Ignore';
  const ignoredNext = isIgnored ? ignored + 1 : ignored;
  return {
    [FAILURE_COUNT]: String(isIgnored ? counted : counted + 1),
    ...(ignoredNext === 0 ? {} : { [IGNORED_FAILURE_COUNT]: String(ignoredNext) }),
  };
}
