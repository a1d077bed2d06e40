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

interface Certified {
  readonly cert: string;
  readonly key: string;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
const anHourFromNow = () => new Date(Date.now() + 3_600_000);
const LOCALHOST = new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]);

/** A certificate for `localhost` that only its own bundle vouches for. */
async function selfSigned(name = 'CN=webhook'): Promise<Certified> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    notAfter: anHourFromNow(),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), LOCALHOST],
  });
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** A certificate for `localhost`, and its authority's: neither has a subject. */
async function nameless(): Promise<Certified & { readonly ca: string }> {
  const [authority, server] = [await newKeys(), await newKeys()];
  const make = (publicKey: webcrypto.CryptoKey, issuer: string, extensions: x509.Extension[]) =>
    x509.X509CertificateGenerator.create({
      subject: '',
      issuer,
      publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: ALGORITHM,
      notAfter: anHourFromNow(),
      extensions,
    });
  const ca = await make(authority.publicKey, 'CN=Ephemeral', [
    new x509.BasicConstraintsExtension(true, undefined, true),
  ]);
  const cert = await make(server.publicKey, '', [LOCALHOST]);
  return {
    ca: ca.toString('pem'),
    cert: cert.toString('pem'),
    key: await pemOf(server.privateKey),
  };
}

const bundleOf = (pem: string): string => Buffer.from(pem).toString('base64');

async function listening({ cert, key }: Certified): Promise<{ server: Server; port: number }> {
  const server = createServer({ cert, key }, answer);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
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
    x509.cryptoProvider.set(webcrypto);
    const own = await selfSigned();
    caBundle = bundleOf(own.cert);
    ({ server, port } = await listening(own));
  });

  afterAll(async () => {
    client.close();
    await closed(server);
  });

  it('trusts whom the bundle names', async () => {
    expect(await call('/ok')).toEqual({ status: 200, body: '{"a":1}' });
  });

  it('does not follow redirects', async () => {
    expect(await call('/moved')).toMatchObject({ status: 302 });
  });

  it('says why a call failed as other API servers say it', async () => {
    const other = await selfSigned();
    const foreign = { caBundle: bundleOf(other.cert) };
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

  it('goes by signatures where certificates have no subject', async () => {
    const own = await nameless();
    const { server: unnamed, port: at } = await listening(own);
    const ask = (ca: string, host = 'localhost') =>
      client.post({
        url: `https://${host}:${at}/ok`,
        caBundle: bundleOf(ca),
        body: 'x',
        timeoutMs: 10_000,
      });
    expect(await ask(own.ca)).toEqual({ status: 200, body: 'x' });
    await expect(ask((await nameless()).ca)).rejects.toThrow('unknown authority');
    await expect(ask((await selfSigned('')).cert)).rejects.toThrow('unknown authority');
    await expect(ask(own.ca, '127.0.0.1')).rejects.toThrow('not valid for 127.0.0.1');
    await closed(unnamed);
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
