import { describe, expect, it } from 'vitest';
import { readCases } from '../test/golden-cases.ts';
import * as names from './names.ts';

const CHECKS: Readonly<Record<string, (value: never) => string[]>> = {
  dns1035Label: names.validateDNS1035Label,
  dns1123Label: names.validateDNS1123Label,
  dns1123Subdomain: names.validateDNS1123Subdomain,
  configMapKey: names.validateConfigMapKey,
  envVarName: names.validateEnvVarName,
  relaxedEnvVarName: names.validateRelaxedEnvVarName,
  cIdentifier: names.validateCIdentifier,
  labelValue: names.validateLabelValue,
  qualifiedName: names.validateQualifiedName,
  pathSegmentName: (value: string) => names.validatePathSegmentName(value, false),
  pathSegmentPrefix: (value: string) => names.validatePathSegmentName(value, true),
  percent: names.validatePercent,
  portName: names.validatePortName,
  portNumber: names.validatePortNumber,
  userID: names.validateUserID,
  httpHeaderName: names.validateHTTPHeaderName,
  nameIsDNSSubdomainPrefix: (value: string) => names.nameIsDNSSubdomain(value, true),
  nameIsDNSLabelPrefix: (value: string) => names.nameIsDNSLabel(value, true),
  nameIsDNS1035LabelPrefix: (value: string) => names.nameIsDNS1035Label(value, true),
};

describe('names', () => {
  it.each(readCases(new URL('testdata/names.jsonl', import.meta.url)))(
    'are judged as upstream does in $id ($in.check)',
    (c) => {
      expect(CHECKS[c.in.check]!(c.in.value as never)).toEqual(c.out.messages);
    },
  );

  it.each(['', 'a', 'é', '名', '😀', 'a😀é'])('counts the UTF-8 bytes of %j', (text) => {
    expect(names.byteLength(text)).toBe(Buffer.byteLength(text));
  });
});
