import { z } from 'zod';

/** A place in a clip or film: a frame number, seconds (`12.5s`), or a timecode. */
export const moment = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(
      /^(\d{1,6}(\.\d{1,6})?s|\d{2}:\d{2}:\d{2}[:;]\d{2,3})$/,
      'must be a frame number, seconds such as 12.5s, or a timecode',
    ),
]);
export type Moment = z.infer<typeof moment>;

/** `from` is the first moment, `to` the first one after. */
export const span = { from: moment, to: moment };

export const plannedLine = z.strictObject({
  ...span,
  speaker: z.string().min(1).max(200).optional(),
  text: z.string().max(5000).optional(),
  offScreen: z
    .boolean()
    .optional()
    .describe(
      'true: the speaker is not in the picture, nobody’s lips move with the line; false: somebody in the picture speaks it; left out: either',
    ),
});
export type PlannedLine = z.output<typeof plannedLine>;

/**
 * What should be heard when: lines, silence and music. Of a take it counts in the clip's own time (frames and seconds
 * from its first frame, timecodes as on the clip), of a film in the film's.
 */
export const plannedSound = z.strictObject({
  lines: z.array(plannedLine).max(10_000).default([]).describe('Speech, line by line; there is none elsewhere'),
  silence: z
    .array(z.strictObject({ ...span }))
    .max(10_000)
    .default([])
    .describe('Nothing but room tone: no speech, no music'),
  music: z
    .array(z.strictObject({ ...span, name: z.string().max(200).optional() }))
    .max(10_000)
    .default([]),
});
export type PlannedSound = z.output<typeof plannedSound>;
