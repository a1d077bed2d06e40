import { describe, expect, it } from 'vitest';
import {
  isValidImageReference,
  normalImageName,
  pullPolicy,
  withDefaultTag,
} from './image-reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('Image references', () => {
  it.each([
    { image: 'nginx', valid: true },
    { image: 'library/nginx:1.27', valid: true },
    { image: 'localhost:5000/team/app', valid: true },
    { image: `registry.example.com/app@${DIGEST}`, valid: true },
    { image: `app:1@${DIGEST}`, valid: true },
    { image: 'Nginx', valid: false },
    { image: 'nginx:', valid: false },
    { image: 'nginx:a b', valid: false },
    { image: '', valid: false },
    { image: '/nginx', valid: false },
  ])('$image is valid: $valid', ({ image, valid }) => {
    expect(isValidImageReference(image)).toBe(valid);
  });

  it.each([
    { image: 'nginx', want: 'nginx:latest' },
    { image: 'localhost:5000/app', want: 'localhost:5000/app:latest' },
    { image: 'nginx:1', want: 'nginx:1' },
    { image: `app@${DIGEST}`, want: `app@${DIGEST}` },
  ])('$image stands for $want', ({ image, want }) => {
    expect(withDefaultTag(image)).toBe(want);
  });

  it.each([
    { image: 'web', want: 'docker.io/library/web:latest' },
    { image: 'team/web:1', want: 'docker.io/team/web:1' },
    { image: 'index.docker.io/library/web:1', want: 'docker.io/library/web:1' },
    { image: 'docker.io/web:1', want: 'docker.io/library/web:1' },
    { image: 'localhost/web:1', want: 'localhost/web:1' },
    { image: 'reg.test:5000/web', want: 'reg.test:5000/web:latest' },
  ])('$image is $want by its whole name', ({ image, want }) => {
    expect(normalImageName(image)).toBe(want);
  });

  it('are always pulled by default when their tag may move', () => {
    expect(pullPolicy('nginx', undefined)).toBe('Always');
    expect(pullPolicy('nginx:latest', undefined)).toBe('Always');
    expect(pullPolicy('nginx:1', undefined)).toBe('IfNotPresent');
    expect(pullPolicy('nginx', 'Never')).toBe('Never');
  });
});
