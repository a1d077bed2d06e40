import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  container,
  FOREVER,
  logRequest,
  pod,
  ref,
  run,
  setUp,
  useEngine,
} from '../../../test/fakes/engine-node.ts';

useEngine();

describe('Pods on a Docker engine', () => {
  it('gives the containers of a pod one network, which no other pod shares', async () => {
    const { plane, engineIDs } = await setUp();
    const serve = 'echo hello > /tmp/index.html; httpd -f -p 127.0.0.1:8080 -h /tmp & wait';
    const web = pod('web', {
      containers: [container('server', serve), container('main', FOREVER)],
    });
    const other = pod('other', { containers: [container('main', FOREVER)] });
    plane.setPod(web);
    plane.setPod(other);
    await plane.untilReady(web);
    await plane.untilReady(other);
    const fetch = 'printf "GET /index.html HTTP/1.0\\r\\n\\r\\n" | nc 127.0.0.1 8080';
    const poll = `until ${fetch} | cat > /tmp/out && [ -s /tmp/out ]; do sleep 0.1; done; cat /tmp/out`;
    expect((await run(plane, web, poll)).text(1)).toContain('hello');
    expect((await run(plane, other, `${fetch}; echo code $?`)).text(1)).toContain('code 1');
    expect(await engineIDs()).toHaveLength(5);
    plane.deletePod(web);
    plane.deletePod(other, 0);
    await plane.untilTerminated(web);
    await plane.untilTerminated(other);
    expect(await engineIDs()).toEqual([]);
  });

  it('gives containers their environment, arguments and files', async () => {
    const { plane, config } = await setUp();
    plane.setObject('configmaps', 'settings', { color: 'blue', 'app.conf': 'one' });
    plane.setObject('secrets', 'keys', { token: Buffer.from('hush').toString('base64') });
    const web = pod('web', {
      containers: [
        container('main', FOREVER, {
          env: [
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'GREETING', value: 'hello $(NAME) $$(NAME) $(UNKNOWN)' },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
          ],
          envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'S_' }],
          workingDir: '/tmp',
          volumeMounts: [
            { name: 'settings', mountPath: '/etc/settings' },
            { name: 'keys', mountPath: '/etc/keys', readOnly: true },
            { name: 'scratch', mountPath: '/scratch' },
            { name: 'memory', mountPath: '/memory' },
            { name: 'settings', mountPath: '/etc/one', subPath: 'app.conf' },
          ],
          resources: { limits: { memory: '64Mi', cpu: '500m' } },
        }),
      ],
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
        { name: 'scratch', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
    });
    plane.setPod(web);
    const status = await plane.untilReady(web);
    expect(status['qosClass']).toBe('Guaranteed');
    const script = [
      'echo "$NAME|$GREETING|$TOKEN|$S_color|$PWD"',
      'cat /etc/settings/app.conf /etc/keys/token /etc/one',
      'echo; hostname 2>/dev/null || cat /etc/hostname',
      '[ -n "$IP" ] && echo has-ip',
      'touch /scratch/a /memory/b && echo writable',
      'touch /etc/keys/c 2>/dev/null || echo read-only',
    ];
    const output = (await run(plane, web, script.join('; '))).text(1);
    expect(output.split('\n')).toEqual([
      'web|hello web $(NAME) $(UNKNOWN)|hush|blue|/tmp',
      'onehushone',
      'web',
      'has-ip',
      'writable',
      'read-only',
      '',
    ]);
    plane.setObject('configmaps', 'settings', { color: 'red', 'app.conf': 'two' });
    const poll = 'until [ "$(cat /etc/settings/app.conf)" = two ]; do sleep 0.05; done; echo seen';
    expect((await run(plane, web, poll)).text(1)).toBe('seen\n');
    // No byte of a secret is on a disk in clear.
    const files = await readdir(config.stateDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(await readFile(join(file.parentPath, file.name), 'latin1')).not.toContain('hush');
    }
    plane.deletePod(web);
    await plane.untilTerminated(web);
    expect(await readdir(join(config.stateDir, 'pods'))).toEqual([]);
  });

  it('keeps tokens over a restart, encrypted, and what is beside them up to date', async () => {
    const { plane, config, restartAgent } = await setUp();
    plane.setObject('configmaps', 'ca', { 'ca.crt': 'one' });
    const sources = [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'ca' } },
    ];
    const volumeMounts = [{ name: 'v', mountPath: '/var/run/access', readOnly: true }];
    const web = pod('web', {
      containers: [container('main', FOREVER, { volumeMounts })],
      volumes: [{ name: 'v', projected: { sources } }],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const show = async (ca: string): Promise<string> => {
      const poll = `until [ "$(cat ca.crt)" = ${ca} ]; do sleep 0.05; done; cat token ca.crt`;
      return (await run(plane, web, `cd /var/run/access; ${poll}`)).text(1);
    };
    expect(await show('one')).toBe('token-1one');
    plane.setObject('configmaps', 'ca', { 'ca.crt': 'two' });
    expect(await show('two')).toBe('token-1two');
    plane.tokenRefusal = 'no more';
    await restartAgent();
    await plane.until('second hello', () => plane.hellos.length === 2);
    plane.setObject('configmaps', 'ca', { 'ca.crt': 'three' });
    expect(await show('three')).toBe('token-1three');
    expect(plane.tokenRequests).toHaveLength(1);
    const files = await readdir(config.stateDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = await readFile(join(file.parentPath, file.name), 'latin1');
      expect(text).not.toContain('token-1');
    }
    plane.deletePod(web);
    await plane.untilTerminated(web);
  });

  it('reports exits, exit codes, termination messages and what cannot run', async () => {
    const { plane } = await setUp();
    const failing = pod('failing', {
      restartPolicy: 'Never',
      containers: [
        container('main', 'echo out; echo oops > /dev/termination-log; exit 3'),
        { ...container('missing', ''), command: ['/no/such/program'] },
      ],
    });
    plane.setPod(failing);
    const status = await plane.untilPhase(failing, 'Failed');
    expect(status['containerStatuses']).toMatchObject([
      { name: 'main', state: { terminated: { exitCode: 3, reason: 'Error', message: 'oops\n' } } },
      {
        name: 'missing',
        state: {
          terminated: { reason: 'ContainerCannotRun', message: expect.stringContaining('no such') },
        },
      },
    ]);
    const log = await plane.openStream(logRequest(failing));
    await log.ended;
    expect(log.text()).toBe('out\n');
  });

  it('has a pod ready only while its readiness probe passes, and restarts what is not alive', async () => {
    const { plane } = await setUp();
    const serve = 'httpd -p 8080 -h /tmp; ' + FOREVER;
    const probe = { periodSeconds: 1, failureThreshold: 1 };
    const web = pod('web', {
      containers: [
        container('main', serve, {
          ports: [{ name: 'web', containerPort: 8080 }],
          readinessProbe: { ...probe, httpGet: { path: '/ready', port: 'web' } },
          livenessProbe: { ...probe, exec: { command: ['sh', '-c', '[ ! -f /tmp/dead ]'] } },
        }),
      ],
    });
    plane.setPod(web);
    await plane.untilPhase(web, 'Running');
    // On a busy machine the first probes come before the server does, and fail in other words.
    const unready = 'Readiness probe failed: HTTP probe failed with statuscode: 404';
    await plane.until('unhealthy', () =>
      plane
        .events(web)
        .some(({ reason, message }) => reason === 'Unhealthy' && message === unready),
    );
    await run(plane, web, 'echo yes > /tmp/ready');
    await plane.untilReady(web);
    await run(plane, web, 'touch /tmp/dead');
    const killing = 'Container main failed liveness probe, will be restarted';
    await plane.until('killed', () => plane.events(web).some(({ message }) => message === killing));
    await plane.until('restarted', () => {
      const statuses = plane.statuses.get(ref(web).uid)?.['containerStatuses'];
      return (statuses as { restartCount: number }[])[0]?.restartCount === 1;
    });
  });
});
