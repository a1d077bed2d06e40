import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newNetworkPolicy } from './network-policy.ts';
import { WebhookClient } from './webhook-client.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate for `localhost` that only its own bundle vouches for. */
async function selfSigned() {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=webhook',
    keys,
    signingAlgorithm: ALGORITHM,
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key.toString('base64')}\n-----END PRIVATE KEY-----\n`,
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  switch (request.url) {
    case '/slow':
      return;
    case '/moved':
      response.writeHead(302, { Location: '/ok' }).end();
      return;
    case '/long':
      response.end('x'.repeat(9 * 1024 * 1024));
      return;
    default:
      request.pipe(response);
  }
}

describe('the webhook client', () => {
  let server: Server;
  let caBundle: string;
  let port: number;
  const client = new WebhookClient(newNetworkPolicy(['127.0.0.0/8', '::1/128']));
  const call = (path: string, more: object = {}, host = 'localhost') =>
    client.post({
      url: `https://${host}:${port}${path}`,
      caBundle,
      body: '{"a":1}',
      timeoutMs: 10_000,
      ...more,
    });

  beforeAll(async () => {
    const { cert, key } = await selfSigned();
    caBundle = Buffer.from(cert).toString('base64');
    server = createServer({ cert, key }, answer);
    server.listen(0, 'localhost');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  afterAll(async () => {
    client.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('trusts whom the bundle names', async () => {
    expect(await call('/ok')).toEqual({ status: 200, body: '{"a":1}' });
  });

  it('does not follow redirects', async () => {
    expect(await call('/moved')).toMatchObject({ status: 302 });
  });

  it('says why a call failed as other API servers say it', async () => {
    const other = await selfSigned();
    const foreign = { caBundle: Buffer.from(other.cert).toString('base64') };
    await expect(call('/ok', foreign)).rejects.toThrow(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    await expect(call('/ok', {}, '127.0.0.1')).rejects.toThrow(
      'x509: certificate is not valid for 127.0.0.1',
    );
    await expect(call('/slow', { timeoutMs: 50 })).rejects.toThrow('context deadline exceeded');
    await expect(call('/long')).rejects.toThrow('the answer is longer than 8388608 bytes');
    await expect(client.post({ url: 'http://localhost/', body: '', timeoutMs: 1 })).rejects.toThrow(
      'https only',
    );
  });

  it('calls nobody in a private network that the operator did not name', async () => {
    const strict = new WebhookClient(newNetworkPolicy(['10.0.0.0/8']));
    for (const host of ['localhost', '127.0.0.1', '[::1]', '169.254.169.254']) {
      const url = `https://${host}:${port}/ok`;
      await expect(strict.post({ url, body: '', timeoutMs: 5_000 })).rejects.toThrow(
        '--webhook-network',
      );
    }
    strict.close();
  });
});

describe('the networks of webhooks', () => {
  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1', true],
    ['10.1.2.3', true],
    ['10.2.0.1', false],
    ['192.168.0.1', false],
    ['100.64.0.1', false],
    ['fd00::1', false],
    ['::ffff:7f00:1', false],
  ])('are all public ones, and those that are named: %s', (address, want) => {
    expect(newNetworkPolicy(['10.1.0.0/16']).allows(address)).toBe(want);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'x/8', '::/129', '10.0.0.0/'])('are no %s', (network) => {
    expect(() => newNetworkPolicy([network])).toThrow('CIDR');
  });
});
