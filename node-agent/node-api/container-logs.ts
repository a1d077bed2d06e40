import type { Clock } from '../clock.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { EngineView } from '../sync/engine-view.ts';
import type { PodSync } from '../sync/pod-sync.ts';
import { logOptions, selectedBytes } from '../transport/streams/log-stream.ts';
import type { LogSelection } from '../transport/streams/log-stream.ts';
import { findLogTarget } from '../transport/streams/log-target.ts';
import { textAnswer } from './node-api.ts';
import type { NodeRoute } from './node-api.ts';

interface ContainerLogsDeps {
  readonly runtime: ContainerRuntime;
  readonly view: EngineView;
  readonly pods: Pick<PodSync, 'all'>;
  readonly clock: Clock;
}

const PATH = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/;
const NUMBERS = ['tailLines', 'sinceSeconds', 'limitBytes'] as const;

/** `/containerLogs/{namespace}/{pod}/{container}`, with the options of a pod's `log`. */
export function containerLogsRoute({ runtime, view, pods, clock }: ContainerLogsDeps): NodeRoute {
  return async (path, query) => {
    const [, namespace = '', name = '', container = ''] = PATH.exec(path) ?? [];
    if (container === '') return undefined;
    const known = pods.all().find(({ pod: { metadata } }) => {
      return metadata.namespace === namespace && metadata.name === name;
    });
    if (known === undefined) return textAnswer(404, `pod "${name}" does not exist\n`);
    const selection = readSelection(query);
    if (selection === undefined) return textAnswer(400, 'the query is no option of logs\n');
    const previous = isSet(query, 'previous');
    const observed = view.pod(known.pod.metadata.uid);
    const target = findLogTarget(known, observed, { name, container, previous });
    if (!target.ok) return textAnswer(target.code, `${target.message}\n`);
    const log = await runtime.containerLogs(
      target.container.id,
      logOptions(selection, clock.now()),
    );
    return {
      status: 200,
      headers: [['Content-Type', 'text/plain']],
      body: selectedBytes(log, selection),
      close: () => log.close(),
    };
  };
}

function readSelection(query: URLSearchParams): LogSelection | undefined {
  const numbers: Partial<Record<(typeof NUMBERS)[number], number>> = {};
  for (const name of NUMBERS) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    if (!/^[0-9]{1,15}$/.test(text)) return undefined;
    numbers[name] = Number(text);
  }
  const sinceTime = query.get('sinceTime');
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime))) return undefined;
  return {
    follow: isSet(query, 'follow'),
    timestamps: isSet(query, 'timestamps'),
    ...numbers,
    ...(sinceTime === null ? {} : { sinceTime }),
  };
}

function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value !== 'false';
}
