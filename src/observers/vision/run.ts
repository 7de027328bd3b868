import type { Frame } from '../../media/frame.ts';
import type { ObserveContext } from '../observer.ts';
import type { Sighting } from './eye.ts';
import { type Scene, sceneOf } from './scene.ts';
import type { Watch } from './watch.ts';

/** How densely to look. */
export interface SampleOptions {
  /** Look at every how many frames; 1 is every frame, more is for long clips. */
  sample?: number;
}

/** A run that watches one kind of thing in the scene shared with the clip's other observers. */
export async function watchRun<Seen extends Sighting, Table, Provided>(
  context: ObserveContext,
  open: (scene: Scene) => Promise<Watch<Seen>>,
  signals: (table: Table) => Provided,
) {
  const scene = sceneOf(context);
  const leave = scene.enter();
  try {
    const watch = await open(scene);
    return {
      frame: async (frame: Frame): Promise<void> => {
        await watch.look(frame);
      },
      finish: () => signals(watch.finish() as unknown as Table),
      ended: leave,
      close: leave,
    };
  } catch (thrown) {
    await leave();
    throw thrown;
  }
}
