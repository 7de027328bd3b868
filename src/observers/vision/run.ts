import type { Frame } from '../../media/frame.ts';
import type { ObserveContext } from '../observer.ts';
import type { Sighting } from './eye.ts';
import { type Scene, sceneOf } from './scene.ts';
import { sourceScale, type Watch } from './watch.ts';

/** How densely to look. */
export interface SampleOptions {
  /** Look at every how many frames; 1 is every frame, more is for long clips. */
  sample?: number;
}

/** Starts a run in the scene that the clip's observers share; a start that fails leaves it again. */
async function inScene<Run>(
  context: ObserveContext,
  start: (scene: Scene, leave: () => Promise<void>) => Promise<Run>,
): Promise<Run> {
  const scene = sceneOf(context);
  const leave = scene.enter();
  try {
    return await start(scene, leave);
  } catch (thrown) {
    await leave();
    throw thrown;
  }
}

/** A run that watches one kind of thing in the scene shared with the clip's other observers. */
export const watchRun = <Seen extends Sighting, Table, Provided>(
  context: ObserveContext,
  open: (scene: Scene) => Promise<Watch<Seen>>,
  signals: (table: Table) => Provided,
) =>
  inScene(context, async (scene, leave) => {
    const watch = await open(scene);
    return {
      frame: async (frame: Frame): Promise<void> => {
        await watch.look(frame);
      },
      finish: () => signals(watch.finish() as unknown as Table),
      ended: leave,
      close: leave,
    };
  });

/** What an observer needs that looks closer, with a network of its own, at what the scene watches. */
export interface CloseLook<Seen extends Sighting, Net> {
  scene: Scene;
  watch: Watch<Seen>;
  net: Net;
  /** Source pixels per pixel of the analysis picture. */
  scale: { x: number; y: number };
  /** Frees the network and leaves the scene: for a run's `ended` and `close`, both. */
  free(): Promise<void>;
}

/**
 * Starts a run that looks closer at people, in the scene shared with the clip's other observers.
 * @param start makes the run; where it throws, the network is freed and the scene left
 */
export const closeLook = <Seen extends Sighting, Net extends { close(): Promise<void> }, Run>(
  context: ObserveContext,
  open: { watch(scene: Scene): Promise<Watch<Seen>>; net(): Promise<Net> },
  start: (look: CloseLook<Seen, Net>) => Run,
): Promise<Run> =>
  inScene(context, async (scene, leave) => {
    const watch = await open.watch(scene);
    const net = await open.net();
    const free = async () => {
      await net.close();
      await leave();
    };
    try {
      return start({ scene, watch, net, scale: sourceScale(context), free });
    } catch (thrown) {
      await free();
      throw thrown;
    }
  });
