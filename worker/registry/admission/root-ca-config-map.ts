/** The config map with the certificates of the API server, in every namespace. */
export const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';
/** Its key, and the name of the file that pods get. */
export const ROOT_CA_KEY = 'ca.crt';
