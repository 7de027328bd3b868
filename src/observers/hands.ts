import type { Hands } from '../landmarks.ts';
import { defineObserver, type Observer } from './observer.ts';
import { type SampleOptions, watchRun } from './vision/run.ts';

/**
 * 21 landmarks in the picture and in metres, handedness and presence of every hand: palm detector, landmark network, followed from
 * frame to frame, searched for where the wrists of a body are.
 */
export const handsObserver = ({ sample = 1 }: SampleOptions = {}): Observer<'hands'> =>
  defineObserver({
    id: 'hands',
    provides: ['hands'],
    models: ['palm-detection', 'hand-landmarks', 'pose-detection', 'pose-landmarks'],
    start: context =>
      watchRun(
        context,
        scene => scene.hands(sample),
        (hands: Hands) => ({ hands }),
      ),
  });

export const hands = handsObserver();
