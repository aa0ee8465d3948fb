// A line to a server that can be cut: pulled like a cable, or refused like a server that starts again.

import { connect, createServer } from 'node:net';

export async function line(target) {
  const { hostname, port, protocol } = new URL(target);
  if (protocol !== 'http:') throw new Error(`${target}: only http:// can be cut`);
  const sockets = new Set();
  let state = 'up';

  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => near.destroy());
    near.on('close', () => sockets.delete(near));
    if (state === 'refused') near.destroy();
    if (state !== 'up') return;
    const far = connect(Number(port || 80), hostname.replace(/^\[|\]$/g, ''));
    sockets.add(far);
    far.on('error', () => near.destroy());
    far.on('close', () => {
      sockets.delete(far);
      if (state !== 'silent') near.destroy();
    });
    near.on('close', () => far.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** Not one byte more, on any connection of now or later; what hangs then hangs for ever. */
    silence() {
      state = 'silent';
      for (const socket of sockets) socket.unpipe().pause();
    },
    refuse() {
      state = 'refused';
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      state = 'up';
    },
    close() {
      state = 'refused';
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
