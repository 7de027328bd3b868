import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { PictureStream } from './assemble.ts';

/** A local connection: a child process writes into `far`, what it writes is read at `near`. */
export interface Channel {
  near: Socket;
  far: Socket;
}

/**
 * Opens a local connection whose near end reads straight into the stream's buffers. The pipes that Node makes for a
 * child cannot do that: they allocate for every read.
 * @param folder a folder of this process alone; its path must be short enough for a socket (see {@link fitsSocket})
 */
export async function openChannel(folder: string, pictures: PictureStream): Promise<Channel> {
  const name = randomBytes(8).toString('hex');
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\retake-${name}` : join(folder, name);
  const server = createServer({ pauseOnConnect: true });
  try {
    const far = await new Promise<Channel>((settle, fail) => {
      server.once('error', fail);
      server.listen(path, () => {
        const near = connect({
          path,
          onread: { buffer: () => pictures.room(), callback: length => pictures.filled(length) },
        });
        near.once('error', fail);
        server.once('connection', socket => settle({ near, far: socket }));
      });
    });
    const { near } = far;
    pictures.resume = () => {
      near.resume();
    };
    near.once('end', () => pictures.end()).once('close', () => pictures.end());
    // A killed child may cut the connection; the process's own end says why.
    near.on('error', () => pictures.end());
    return far;
  } finally {
    server.close();
  }
}

/** Can a socket be made in this folder? Its whole path must fit into a little more than 100 bytes. */
export const fitsSocket = (folder: string): boolean =>
  process.platform === 'win32' || Buffer.byteLength(folder) + 17 <= 100;
