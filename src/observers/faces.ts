import type { Faces } from '../landmarks.ts';
import { defineObserver, type Observer } from './observer.ts';
import { type SampleOptions, watchRun } from './vision/run.ts';

/** 478 landmarks and head pose of every face: short-range detector, attention mesh, followed from frame to frame. */
export const facesObserver = ({ sample = 1 }: SampleOptions = {}): Observer<'faces'> =>
  defineObserver({
    id: 'faces',
    provides: ['faces'],
    models: ['face-detection', 'face-mesh'],
    start: context =>
      watchRun(
        context,
        scene => scene.faces(sample),
        (faces: Faces) => ({ faces }),
      ),
  });

export const faces = facesObserver();
