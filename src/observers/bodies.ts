import type { Bodies } from '../landmarks.ts';
import { defineObserver, type Observer } from './observer.ts';
import { type SampleOptions, watchRun } from './vision/run.ts';

/**
 * 33 landmarks in the picture and in metres and their visibility of every person, about eight times a second: the pose
 * network costs as much as two hands, and limbs are slow. The table's `step` says which frames were measured; nothing
 * is made up for those between.
 */
export const bodiesObserver = ({ sample = 1 }: SampleOptions = {}): Observer<'bodies'> =>
  defineObserver({
    id: 'bodies',
    provides: ['bodies'],
    models: ['pose-detection', 'pose-landmarks'],
    start: context =>
      watchRun(
        context,
        scene => scene.bodies(sample),
        (bodies: Bodies) => ({ bodies }),
      ),
  });

export const bodies = bodiesObserver();
