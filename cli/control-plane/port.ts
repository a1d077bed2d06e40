import { createServer } from 'node:net';

/**
 * Makes sure that a port can be listened on. Asked before the control plane starts: another server
 * that has the port could answer in its place.
 * @throws Error that says what to do.
 */
export function requireFreePort(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new Error(`port ${port} of ${address} is taken: choose another with --port`));
      } else {
        reject(new Error(`cannot listen on ${address} port ${port}: ${error.message}`));
      }
    });
    server.listen(port, address, () => server.close(() => resolve()));
  });
}
