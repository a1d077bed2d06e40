/**
 * Types of resource.k8s.io/v1, which `kubernetes-types` does not have. Decoding leaves out what a
 * client leaves out, also where it is required; lists and maps may be null.
 */
import type { NodeSelector } from 'kubernetes-types/core/v1.js';

export interface DeviceSelector {
  readonly cel?: { readonly expression?: string };
}

export interface DeviceToleration {
  readonly key?: string;
  operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** What is asked of each device of a request. */
export interface DeviceDemand {
  readonly deviceClassName?: string;
  readonly selectors?: readonly DeviceSelector[];
  allocationMode?: string;
  count?: number;
  readonly tolerations?: readonly DeviceToleration[];
}

export interface DeviceSubRequest extends DeviceDemand {
  readonly name?: string;
}

export interface DeviceRequest {
  readonly name?: string;
  readonly exactly?: DeviceDemand;
  readonly firstAvailable?: readonly DeviceSubRequest[];
}

export interface DeviceConstraint {
  readonly requests?: readonly string[];
  readonly matchAttribute?: string;
  readonly distinctAttribute?: string;
}

export interface DeviceConfiguration {
  readonly opaque?: { readonly driver?: string; readonly parameters?: unknown };
}

export interface DeviceClaimConfiguration extends DeviceConfiguration {
  readonly requests?: readonly string[];
}

export interface DeviceClaim {
  readonly requests?: readonly DeviceRequest[];
  readonly constraints?: readonly DeviceConstraint[];
  readonly config?: readonly DeviceClaimConfiguration[];
}

export interface ClaimSpec {
  readonly devices?: DeviceClaim;
}

/** Conditions of devices that have to be met before a pod is bound. */
export interface BindingParameters {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
}

/** Names one device, or one share of it. */
export interface DeviceReference {
  readonly driver?: string;
  readonly pool?: string;
  readonly device?: string;
  readonly shareID?: string;
}

export interface AllocatedDevice extends DeviceReference, BindingParameters {
  readonly request?: string;
  readonly tolerations?: readonly DeviceToleration[];
}

export interface AllocationConfiguration extends DeviceClaimConfiguration {
  readonly source?: string;
}

export interface Allocation {
  readonly devices?: {
    readonly results?: readonly AllocatedDevice[];
    readonly config?: readonly AllocationConfiguration[];
  };
  readonly nodeSelector?: NodeSelector;
}

export interface Consumer {
  readonly apiGroup?: string;
  readonly resource?: string;
  readonly name?: string;
  readonly uid?: string;
}

export interface DeviceStatus extends DeviceReference {
  readonly conditions?: readonly object[];
  readonly data?: unknown;
  readonly networkData?: {
    readonly interfaceName?: string;
    readonly hardwareAddress?: string;
    readonly ips?: readonly string[];
  };
}

export interface ClaimStatus {
  readonly allocation?: Allocation;
  readonly reservedFor?: readonly Consumer[];
  readonly devices?: readonly DeviceStatus[];
}

export interface ClassSpec {
  readonly selectors?: readonly DeviceSelector[];
  readonly config?: readonly DeviceConfiguration[];
  readonly extendedResourceName?: string;
}

/** Which nodes devices are reachable from: one of these. */
export interface NodeChoice {
  readonly nodeName?: string;
  readonly nodeSelector?: NodeSelector;
  readonly allNodes?: boolean;
}

export interface DeviceAttribute {
  readonly bool?: boolean;
  readonly int?: number;
  readonly string?: string;
  readonly version?: string;
}

export interface RequestRange {
  readonly min?: string;
  readonly max?: string;
  readonly step?: string;
}

export interface RequestPolicy {
  readonly default?: string;
  readonly validValues?: readonly string[];
  readonly validRange?: RequestRange;
}

export interface DeviceCapacity {
  readonly value?: string;
  readonly requestPolicy?: RequestPolicy;
}

export type Counters = Readonly<Record<string, object>>;

export interface DeviceTaint {
  readonly key?: string;
  readonly value?: string;
  readonly effect?: string;
  timeAdded?: string | null;
}

export interface Device extends NodeChoice, BindingParameters {
  readonly name?: string;
  readonly allowMultipleAllocations?: boolean;
  readonly attributes?: Readonly<Record<string, DeviceAttribute>>;
  readonly capacity?: Readonly<Record<string, DeviceCapacity>>;
  readonly taints?: readonly DeviceTaint[];
  readonly consumesCounters?: readonly {
    readonly counterSet?: string;
    readonly counters?: Counters;
  }[];
}

export interface SliceSpec extends NodeChoice {
  readonly driver?: string;
  readonly pool?: {
    readonly name?: string;
    readonly generation?: number;
    readonly resourceSliceCount?: number;
  };
  readonly perDeviceNodeSelection?: boolean;
  readonly devices?: readonly Device[];
  readonly sharedCounters?: readonly { readonly name?: string; readonly counters?: Counters }[];
}
