/** What is known about a clip's boundaries. Ranges are `[start, end)` in frames. */
export interface Truth {
  /** First frames of new shots. */
  cuts: number[];
  dissolves: [number, number][];
  /** Fades through black or white. */
  fades: [number, number][];
}
