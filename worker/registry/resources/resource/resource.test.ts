import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { printed } from '../../../../test/print-harness.ts';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';
import { validateInterfaceAddress } from '../../addresses/validate-ip.ts';

const CLAIMS = 'resourceclaims.resource.k8s.io';
const CLASSES = 'deviceclasses.resource.k8s.io';
const TEMPLATES = 'resourceclaimtemplates.resource.k8s.io';
const SLICES = 'resourceslices.resource.k8s.io';

const newClaim = (request: object = { name: 'gpu', exactly: { deviceClassName: 'gpu' } }) => ({
  spec: { devices: { requests: [request] } },
});

const claimErrors = (claim: object): string[] => errorsOf(CLAIMS, created(CLAIMS, { ...claim }));

/** What is said of a selector's expression. */
const selectorErrors = (expression: string): string[] =>
  errorsOf(CLASSES, created(CLASSES, { spec: { selectors: [{ cel: { expression } }] } }));

describe('ResourceClaim', () => {
  it('asks for one device where it does not say otherwise', () => {
    const claim = created(CLAIMS, { ...newClaim(), status: { reservedFor: [] } });
    expect(claim).toMatchObject({
      spec: {
        devices: { requests: [{ exactly: { allocationMode: 'ExactCount', count: 1 } }] },
      },
      status: {},
    });
    expect(errorsOf(CLAIMS, claim)).toEqual([]);
  });

  it('refuses requests that say two things, or nothing', () => {
    const exactly = { deviceClassName: 'gpu' };
    expect(claimErrors(newClaim({ name: 'gpu' }))).toEqual([
      'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    ]);
    expect(
      claimErrors(newClaim({ name: 'gpu', exactly, firstAvailable: [{ name: 'a', ...exactly }] })),
    ).toEqual([
      'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
    ]);
    expect(
      claimErrors(
        newClaim({
          name: 'A.b',
          exactly: {
            allocationMode: 'All',
            count: 2,
            selectors: [{}],
            tolerations: [{ operator: 'Exists', value: 'x', effect: 'Never' }],
          },
        }),
      ),
    ).toEqual([
      expect.stringMatching(/^spec\.devices\.requests\[0\]\.name: Invalid value: "A\.b"/),
      'spec.devices.requests[0].exactly.deviceClassName: Required value',
      'spec.devices.requests[0].exactly.selectors[0].cel: Required value',
      "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
      'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "x": must be empty for operator `Exists`',
      'spec.devices.requests[0].exactly.tolerations[0].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"',
    ]);
  });

  it('refers to its own requests only', () => {
    const claim = newClaim({
      name: 'gpu',
      firstAvailable: [{ name: 'big', deviceClassName: 'a' }],
    });
    const devices = {
      ...claim.spec.devices,
      constraints: [
        { requests: ['gpu', 'gpu/big', 'gpu'], matchAttribute: 'gpu.example.com/numa' },
        { matchAttribute: 'numa' },
        {},
      ],
      config: [{ requests: ['gpu/small'], opaque: { driver: 'gpu.example.com', parameters: 7 } }],
    };
    const reference =
      "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
    expect(claimErrors({ spec: { devices } })).toEqual([
      'spec.devices.constraints[0].requests[2]: Duplicate value: "gpu"',
      'spec.devices.constraints[1].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
      'spec.devices.constraints[2]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      `spec.devices.config[0].requests[0]: Invalid value: "gpu/small": ${reference}`,
      'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ]);
  });

  it('keeps its spec, as templates do', () => {
    const claim = created(CLAIMS, newClaim());
    expect(errorsOf(CLAIMS, updated(CLAIMS, newClaim(), claim), claim)).toEqual([]);
    const changed = withValue(claim, 'spec.devices.requests.0.name', 'fpga');
    expect(errorsOf(CLAIMS, changed, claim)).toEqual([
      expect.stringMatching(/^spec: Invalid value: \{.*\}: field is immutable$/),
    ]);
    const template = created(TEMPLATES, {
      spec: { metadata: { name: 'x', labels: { a: 'b' } }, ...newClaim() },
    });
    expect(errorsOf(TEMPLATES, template)).toEqual(['spec.metadata.name: Forbidden: cannot be set']);
  });
});

describe('status of a ResourceClaim', () => {
  const result = { request: 'gpu', driver: 'd.example.com', pool: 'node-1', device: 'gpu-0' };
  const consumer = { resource: 'pods', name: 'p', uid: 'u' };
  const old = created(CLAIMS, newClaim());
  const errorsOfStatus = (status: object, before = old): string[] =>
    errorsOf(CLAIMS, { ...before, status }, before, 'status');

  it('takes an allocation once', () => {
    const allocation = { devices: { results: [result] } };
    expect(errorsOfStatus({ allocation, reservedFor: [consumer] })).toEqual([]);
    const before = { ...old, status: { allocation } };
    expect(errorsOfStatus({ allocation: {} }, before)).toEqual([
      'status.allocation: Invalid value: {}: field is immutable',
    ]);
    expect(errorsOfStatus({ reservedFor: [consumer, { uid: 'u' }] })).toEqual([
      'status.reservedFor[1].resource: Required value',
      'status.reservedFor[1].name: Required value',
      'status.reservedFor[1]: Duplicate value: "u"',
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ]);
  });

  it('tells of allocated devices only, and forgets those that were', () => {
    const { request: _request, ...device } = result;
    expect(
      errorsOfStatus({ devices: [{ ...device, networkData: { ips: ['10.0.0.300/8'] } }] }),
    ).toEqual([
      'status.devices[0]: Invalid value: d.example.com/node-1/gpu-0: must be an allocated device in the claim',
      'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.300/8": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    ]);
    const before = { ...old, status: { allocation: { devices: { results: [result] } } } };
    const after = { ...old, status: { devices: [device] } };
    const context = { now: 0, user: { name: 'test', groups: [] } };
    strategyOf(CLAIMS).subresources?.status?.prepareForUpdate(after, before, context);
    expect(after.status).toEqual({});
  });

  it('judges addresses of interfaces as upstream does', () => {
    const lines = readFileSync(new URL('../testdata/interfaces.jsonl', import.meta.url), 'utf8');
    for (const line of lines.trim().split('\n')) {
      const { in: input, out } = JSON.parse(line) as {
        in: { value: string };
        out: { errors: object[] };
      };
      expect(validateInterfaceAddress(input.value, 'field')).toEqual(out.errors);
    }
  });
});

describe('DeviceClass', () => {
  it('compiles selectors of devices', () => {
    expect(
      selectorErrors(
        'device.driver == "d.example.com" && device.attributes["d.example.com"].model.startsWith("a") && device.capacity["d.example.com"].memory.isGreaterThan(quantity("1Gi"))',
      ),
    ).toEqual([]);
    expect(selectorErrors('device.attributes["a"].b')).toEqual([]);
    expect(selectorErrors('1')).toEqual([
      'spec.selectors[0].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int',
    ]);
    expect(selectorErrors('device.nope')).toEqual([
      expect.stringContaining('compilation failed: ERROR: <input>:1:7: undefined field'),
    ]);
    const keys = (variable: string): string => `device.attributes.all(${variable}, `;
    const deep = `${keys('a')}${keys('b')}${keys('c')}${keys('d')}a + b == c + d))))`;
    expect(selectorErrors(deep)).toEqual([
      'spec.selectors[0].cel.expression: Forbidden: too complex, exceeds cost limit',
    ]);
  });

  it('does not compile again what did not change', () => {
    const old = created(CLASSES, { spec: { selectors: [{ cel: { expression: '1' } }] } });
    const named = withValue(old, 'spec.extendedResourceName', 'cpu');
    expect(errorsOf(CLASSES, named, old)).toEqual([
      'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
    ]);
  });
});

describe('ResourceSlice', () => {
  const slice = {
    spec: {
      driver: 'd.example.com',
      nodeName: 'node-1',
      pool: { name: 'node-1', resourceSliceCount: 1, generation: 0 },
      devices: [
        {
          name: 'gpu-0',
          attributes: { model: { string: 'a' }, 'other.example.com/version': { version: '1.2.3' } },
          capacity: { memory: { value: '8Gi' } },
        },
      ],
    },
  };
  const errorsWith = (path: string, value: unknown): string[] =>
    errorsOf(SLICES, created(SLICES, withValue(slice, path, value)));

  it('is accepted, and says since when its devices are tainted', () => {
    expect(errorsOf(SLICES, created(SLICES, slice))).toEqual([]);
    const taints = [{ key: 'a', effect: 'NoSchedule' }];
    const tainted = created(SLICES, withValue(slice, 'spec.devices.0.taints', taints));
    expect(tainted).toMatchObject({
      spec: { devices: [{ taints: [{ timeAdded: '2026-01-01T00:00:00Z' }] }] },
    });
  });

  it('keeps what it is found by', () => {
    const old = created(SLICES, slice);
    expect(errorsOf(SLICES, withValue(old, 'spec.driver', 'e.example.com'), old)).toEqual([
      'spec.driver: Invalid value: "e.example.com": field is immutable',
    ]);
    expect(strategyOf(SLICES).selectableFields?.(old)).toEqual({
      'spec.driver': 'd.example.com',
      'spec.nodeName': 'node-1',
    });
  });

  it('tells its nodes in one way', () => {
    const one =
      'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
    expect(errorsWith('spec.nodeName', undefined)).toEqual([`spec: Required value: ${one}`]);
    expect(errorsWith('spec.allNodes', true)).toEqual([
      `spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${one}, but multiple fields are set`,
    ]);
    expect(errorsWith('spec.devices.0.allNodes', true)).toEqual([
      'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    ]);
    expect(errorsWith('spec.pool', { name: 'a//b', generation: -1 })).toEqual([
      expect.stringMatching(/^spec\.pool\.name: Invalid value: ""/),
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
    ]);
  });

  it('has devices with one value for each attribute', () => {
    expect(
      errorsWith('spec.devices.0.attributes', {
        a: {},
        'b/c/d': { bool: true },
        e: { version: '1.2' },
        f: { int: 1, bool: true },
      }),
    ).toEqual([
      'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
      'spec.devices[0].attributes: Invalid value: "b/c/d": must not contain more than one slash',
      'spec.devices[0].attributes[e].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0',
      'spec.devices[0].attributes[f]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified',
    ]);
    expect(errorsWith('spec.devices.0.bindingConditions', ['a', 'a'])).toEqual([
      'spec.devices[0].bindingConditions[1]: Duplicate value: "a"',
      'spec.devices[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
    ]);
  });

  it('has policies for the shares of its capacity', () => {
    const shared = withValue(slice, 'spec.devices.0.allowMultipleAllocations', true);
    const errors = (requestPolicy: object, from: typeof slice = shared): string[] => {
      const at = 'spec.devices.0.capacity.memory.requestPolicy';
      return errorsOf(SLICES, created(SLICES, withValue(from, at, requestPolicy)));
    };
    const path = 'spec.devices[0].capacity[memory].requestPolicy';
    const range = { min: '1Gi', step: '1Gi' };
    expect(errors({ default: '2Gi', validRange: range })).toEqual([]);
    expect(errors({ default: '2Gi', validRange: range }, slice)).toEqual([
      `${path}: Forbidden: allowMultipleAllocations must be true`,
    ]);
    expect(errors({ default: '1536Mi', validRange: { ...range, max: '9Gi' } })).toEqual([
      `${path}.validRange.max: Invalid value: "9Gi": max is larger than capacity value: 8Gi`,
      `${path}.validRange.step: Invalid value: "1536Mi": value is not a multiple of a given step (1Gi) from (1Gi)`,
    ]);
    expect(errors({ default: '3Gi', validValues: ['2Gi', '1Gi', '16Gi'] })).toEqual([
      `${path}.validValues[1]: Invalid value: "1Gi": values must be sorted in ascending order`,
      `${path}.validValues[2]: Invalid value: "16Gi": option is larger than capacity value: 8Gi`,
      `${path}.validValues: Invalid value: "3Gi": default value is not valid according to the requestPolicy`,
    ]);
  });

  it('shares counters, or has devices', () => {
    const sharedCounters = [{ name: 'a', counters: { memory: { value: '1Gi' } } }, { name: 'a' }];
    expect(errorsWith('spec.sharedCounters', sharedCounters)).toEqual([
      'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
      'spec.sharedCounters[1].counters: Required value',
      'spec.sharedCounters[1]: Duplicate value: "a"',
    ]);
  });
});

describe('tables of resource.k8s.io', () => {
  it('show the state of claims', () => {
    expect(printed(CLAIMS, newClaim())).toEqual({ Name: 'a', State: 'pending', Age: '60m' });
    const status = { allocation: {}, reservedFor: [{ uid: 'u' }] };
    expect(printed(CLAIMS, { status })).toMatchObject({ State: 'allocated,reserved' });
    const metadata = { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(printed(CLAIMS, { metadata })).toMatchObject({ State: 'deleted' });
  });

  it('show where slices are', () => {
    const spec = { nodeName: 'n', driver: 'd', pool: { name: 'p' } };
    expect(printed(SLICES, { spec })).toEqual({
      Name: 'a',
      Node: 'n',
      Driver: 'd',
      Pool: 'p',
      Age: '60m',
    });
    expect(printed(CLASSES, {})).toEqual({ Name: 'a', Age: '60m' });
    expect(printed(TEMPLATES, {})).toEqual({ Name: 'a', Age: '60m' });
  });
});
