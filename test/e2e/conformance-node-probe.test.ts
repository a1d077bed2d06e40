import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { givenPods } from './harness/given-pods.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod, WAIT } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** Five lives with their backoffs: 10 s, 20 s, 40 s and 80 s. */
const FIVE_RESTARTS_MS = 260_000;
/** As long as several probes take. */
const SETTLED_MS = 8000;

const HTTP = 'mkdir -p /www; echo ok > /www/healthz; httpd -p 8080 -h /www';
/** A busy machine may need its time to start a command. */
const PROBE = { periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 2 };

/**
 * A server that says SERVING to every gRPC health check, in the shell: frames of HTTP/2 are read
 * one by one, and the answer follows the request's data.
 */
const FRAME = {
  settings: '000000040000000000',
  headers: '000014010400000001880f10106170706c69636174696f6e2f67727063',
  serving: '00000700000000000100000000020801',
  trailers: '00000f010500000001000b677270632d7374617475730130',
};
const GRPC = `
cat > /tmp/serve <<'END'
#!/bin/sh
say() { echo $1 | xxd -r -p; }
say ${FRAME.settings}
dd bs=1 count=24 of=/dev/null 2>/dev/null
while head=$(dd bs=1 count=9 2>/dev/null | xxd -p) && [ -n "$head" ]; do
  length=$((0x$(echo $head | cut -c1-6)))
  [ $length -gt 0 ] && dd bs=1 count=$length of=/dev/null 2>/dev/null
  if [ "$(echo $head | cut -c7-8)" = 00 ] && [ -z "$said" ]; then
    said=yes
    say ${FRAME.headers}; say ${FRAME.serving}; say ${FRAME.trailers}
  fi
done
END
chmod +x /tmp/serve; nc -ll -p 5000 -e /tmp/serve &
`;

describeWithKubectl('conformance of probes', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('node-probe');
  });
  afterAll(() => cluster?.stop());

  const given = (script: string, probes: object) =>
    givenPods(cluster, pod('probed', { containers: [container({ script, ...probes })] }));
  const restarts = '.status.containerStatuses[0].restartCount';

  /** The container runs through several probes and is not restarted. */
  async function staysUp(script: string, livenessProbe: object): Promise<void> {
    const { field, kubectl, ready } = await given(`${script}\n${WAIT}`, {
      livenessProbe: { ...PROBE, ...livenessProbe },
    });
    await ready('probed');
    await kubectl('wait', '--for=condition=Ready=false', 'pod/probed', `--timeout=${SETTLED_MS}ms`);
    expect(await field('probed', restarts)).toBe('0');
    expect(await field('probed', '.status.containerStatuses[0].ready')).toBe('true');
  }

  /** The container is restarted for its probe, and an event says why. */
  async function isRestarted(
    script: string,
    livenessProbe: object,
    message: RegExp,
  ): Promise<void> {
    const { events, field } = await given(`${script}\n${WAIT}`, {
      livenessProbe: { ...PROBE, ...livenessProbe },
    });
    await until('a restart', async () => Number(await field('probed', restarts)) > 0);
    expect((await events('probed', 'Unhealthy')).join('\n')).toMatch(message);
    expect(await events('probed', 'Killing')).toContain(
      'Container main failed liveness probe, will be restarted',
    );
  }

  it.concurrent(
    '[sig-node] Probing container should have monotonically increasing restart count [Conformance] [NodeConformance]',
    async () => {
      const { field } = await given(WAIT, {
        livenessProbe: { ...PROBE, exec: { command: ['false'] } },
      });
      let count = 0;
      await until(
        'five restarts',
        async () => {
          const now = Number(await field('probed', restarts));
          expect(now).toBeGreaterThanOrEqual(count);
          expect(now).toBeLessThanOrEqual(count + 1);
          count = now;
          return count >= 5;
        },
        FIVE_RESTARTS_MS,
      );
    },
    FIVE_RESTARTS_MS + 30_000,
  );

  it.concurrent('[sig-node] Probing container with readiness probe should not be ready before initial delay and never restart [Conformance] [NodeConformance]', async () => {
    const { field, ready } = await given(`${HTTP}; ${WAIT}`, {
      readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 6 },
    });
    await ready('probed');
    const at = async (path: string): Promise<number> => Date.parse(await field('probed', path));
    const startedAt = await at('.status.containerStatuses[0].state.running.startedAt');
    const readyAt = await at('.status.conditions[?(@.type=="Ready")].lastTransitionTime');
    // Times are in whole seconds.
    expect(readyAt - startedAt).toBeGreaterThanOrEqual(5000);
    expect(await field('probed', restarts)).toBe('0');
  });

  it.concurrent('[sig-node] Probing container with readiness probe that fails should never be ready and never restart [Conformance] [NodeConformance]', async () => {
    const { events, field, kubectl } = await given(WAIT, {
      readinessProbe: { ...PROBE, exec: { command: ['/bin/false'] } },
    });
    await events('probed', 'Unhealthy');
    const waited = await kubectl(
      'wait',
      '--for=condition=Ready',
      'pod/probed',
      `--timeout=${SETTLED_MS}ms`,
    );
    expect(waited.code).toBe(1);
    expect(await field('probed', '.status.phase')).toBe('Running');
    expect(await field('probed', restarts)).toBe('0');
  });

  it.concurrent('[sig-node] Probing container should be restarted with a exec "cat /tmp/health" liveness probe [Conformance] [NodeConformance]', () =>
    isRestarted(
      'echo ok > /tmp/health; sleep 3; rm /tmp/health',
      { exec: { command: ['cat', '/tmp/health'] }, initialDelaySeconds: 1 },
      /^Liveness probe failed: cat: can't open '\/tmp\/health': No such file or directory/m,
    ));

  it.concurrent('[sig-node] Probing container should *not* be restarted with a exec "cat /tmp/health" liveness probe [Conformance] [NodeConformance]', () =>
    staysUp('echo ok > /tmp/health', { exec: { command: ['cat', '/tmp/health'] } }));

  it.concurrent('[sig-node] Probing container should be restarted with a /healthz http liveness probe [Conformance] [NodeConformance]', () =>
    isRestarted(
      `${HTTP}; sleep 3; rm /www/healthz`,
      { httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 1 },
      /^Liveness probe failed: HTTP probe failed with statuscode: 404$/m,
    ));

  it.concurrent('[sig-node] Probing container should *not* be restarted with a /healthz http liveness probe [Conformance] [NodeConformance]', () =>
    staysUp(HTTP, { httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 1 }));

  it.concurrent('[sig-node] Probing container should *not* be restarted with a tcp:8080 liveness probe [Conformance] [NodeConformance]', () =>
    staysUp(`${HTTP}; rm /www/healthz`, { tcpSocket: { port: 8080 }, initialDelaySeconds: 1 }));

  it.concurrent('[sig-node] Probing container should *not* be restarted with a GRPC liveness probe [Conformance] [NodeConformance]', () =>
    staysUp(GRPC, { grpc: { port: 5000 }, initialDelaySeconds: 1 }));

  it.concurrent('[sig-node] Probing container should be restarted with a GRPC liveness probe [Conformance] [NodeConformance]', () =>
    isRestarted(
      GRPC,
      { grpc: { port: 2333 }, initialDelaySeconds: 1 },
      /^Liveness probe failed: error: failed to connect service at ".*:2333": dial tcp .*:2333: connect: connection refused$/m,
    ));
});
