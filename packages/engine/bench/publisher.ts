/** A thread that sends a model to a server when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { RialtoClient } from '@rialto/sdk';

const { url, name, bytes } = workerData as { readonly url: string; readonly name: string; readonly bytes: Uint8Array };
const client = new RialtoClient({ url });

parentPort!.once('message', async () => {
  await client.models.publish([{ name, bytes }], { status: 'serving' });
  parentPort!.postMessage('published');
});
parentPort!.postMessage('ready');
