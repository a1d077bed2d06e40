/** The agent's own version, which is part of the kubelet version that it reports. */
export const AGENT_VERSION = '0.1.0';
