import { describe, expect, it } from 'vitest';
import { credentialsFor } from './pull-secrets.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const auth = (text: string): string => Buffer.from(text).toString('base64');

const configSecret = (auths: object) => ({
  metadata: { namespace: 'shop', name: 'keys' },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': encode({ auths }) },
});

const usersFor = (image: string, auths: Record<string, string>): (string | undefined)[] => {
  const entries = Object.entries(auths).map(([address, user]) => [
    address,
    { auth: auth(`${user}:secret`) },
  ]);
  return credentialsFor(image, [configSecret(Object.fromEntries(entries))]).map(
    ({ username }) => username,
  );
};

describe('Credentials for an image', () => {
  it.each([
    { image: 'reg.test/a/b:1', auths: { 'reg.test': 'x' }, want: ['x'] },
    { image: 'reg.test/a/b:1', auths: { 'https://reg.test': 'x' }, want: ['x'] },
    { image: 'reg.test/a/b:1', auths: { 'https://reg.test/v1/': 'x' }, want: ['x'] },
    { image: 'reg.test/a/b:1', auths: { 'https://reg.test/v2/': 'x' }, want: ['x'] },
    { image: 'reg.test/a/b:1', auths: { 'other.test': 'x' }, want: [] },
    { image: 'reg.test/a/b:1', auths: { 'reg.test/b': 'x' }, want: [] },
    { image: 'reg.test/a/b:1', auths: { 'reg.test': 'x', 'reg.test/a': 'y' }, want: ['y', 'x'] },
    { image: 'reg.test:5000/a:1', auths: { 'reg.test': 'x' }, want: [] },
    { image: 'reg.test:5000/a:1', auths: { 'reg.test:5000': 'x' }, want: ['x'] },
    { image: 'a.reg.test/a:1', auths: { '*.reg.test': 'x' }, want: ['x'] },
    { image: 'a.b.reg.test/a:1', auths: { '*.reg.test': 'x' }, want: [] },
    { image: 'eu-1.reg.test/a:1', auths: { 'eu-*.reg.test': 'x' }, want: ['x'] },
    { image: 'web:1', auths: { 'https://index.docker.io/v1/': 'x' }, want: ['x'] },
    { image: 'team/web:1', auths: { 'https://index.docker.io/v1/': 'x' }, want: ['x'] },
    { image: 'docker.io/team/web:1', auths: { 'index.docker.io': 'x' }, want: ['x'] },
    { image: 'reg.test/web:1', auths: { 'index.docker.io': 'x' }, want: [] },
  ])('$image with $auths: $want', ({ image, auths, want }) => {
    expect(usersFor(image, auths as Record<string, string>)).toEqual(want);
  });

  it('are read of both kinds of secrets, in the order of these', () => {
    const old = {
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': encode({ 'reg.test': { username: 'a', password: 'b' } }) },
    };
    const config = configSecret({ 'reg.test': { auth: auth('c:d:e') } });
    const other = { type: 'Opaque', data: { '.dockercfg': 'no JSON' } };
    expect(credentialsFor('reg.test/x', [other, old, config])).toEqual([
      { serverAddress: 'reg.test', username: 'a', password: 'b' },
      { serverAddress: 'reg.test', username: 'c', password: 'd:e' },
    ]);
  });

  it('that cannot be read say where they are, and not what they are', () => {
    const broken = {
      ...configSecret({}),
      data: { '.dockerconfigjson': Buffer.from('{"hush').toString('base64') },
    };
    expect(() => credentialsFor('reg.test/x', [broken])).toThrow(
      /^image pull secret shop\/keys has no valid \.dockerconfigjson$/,
    );
  });
});
