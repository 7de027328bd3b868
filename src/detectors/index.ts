import type { AnyDetector } from './detector.ts';

/** Every detector, in the order of the report. */
export const detectors: readonly AnyDetector[] = [];

/** The detector with that id, or undefined. */
export const detectorById = (id: string): AnyDetector | undefined => detectors.find(detector => detector.meta.id === id);
