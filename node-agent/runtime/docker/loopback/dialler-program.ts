/**
 * What runs in a pod's network namespace, as text for `node -e`: the agent is one file, of which
 * this needs next to nothing. It connects to the ports that it is told, and hands the connections
 * to its parent: bytes do not pass through it.
 */
export const DIALLER_PROGRAM = `
const { connect } = require('node:net');
const HOSTS = ['127.0.0.1', '::1'];
const dial = (id, port, hosts) => {
  const [host, ...others] = hosts;
  const socket = connect({ host, port, noDelay: true });
  socket.once('connect', () => process.send({ id }, socket));
  socket.once('error', (error) => {
    if (others.length > 0) dial(id, port, others);
    else process.send({ id, code: error.code });
  });
};
process.on('message', ({ id, port }) => dial(id, port, HOSTS));
process.once('disconnect', () => process.exit());
`;
