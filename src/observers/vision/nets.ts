import { openSession } from '../../inference/onnx.ts';
import { modelEntry } from '../../inference/store.ts';
import type { PictureNet } from './eye.ts';

/**
 * Opens a network whose single input is a square picture.
 * @throws RetakeError `model-missing`, `model-corrupt`, `inference-failed`
 */
export async function openPictureNet(name: string): Promise<PictureNet> {
  const entry = modelEntry(name);
  const session = await openSession(name);
  const input = entry.inputs[0];
  const order = entry.outputs.map(output => output.name);
  return {
    size: Number(input.shape[2]),
    input: session.inputs[input.name],
    normalisation: input.normalisation ?? { scale: 1, offset: 0 },
    async run() {
      const outputs = await session.run();
      return order.map(key => outputs[key]);
    },
    close: () => session.dispose(),
  };
}

/** Opens several networks by role; closes what is open when one of them fails. */
export async function openNets<Role extends string>(names: Record<Role, string>): Promise<Record<Role, PictureNet>> {
  const open: Partial<Record<Role, PictureNet>> = {};
  try {
    for (const role of Object.keys(names) as Role[]) open[role] = await openPictureNet(names[role]);
    return open as Record<Role, PictureNet>;
  } catch (thrown) {
    await closeNets(open);
    throw thrown;
  }
}

export async function closeNets(nets: Partial<Record<string, PictureNet>>): Promise<void> {
  for (const net of Object.values(nets)) await net?.close();
}
