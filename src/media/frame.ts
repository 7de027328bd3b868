/** Width and height in pixels, both even. */
export interface PictureSize {
  width: number;
  height: number;
}

/** Planar 8-bit 4:2:0. Rows are `stride` bytes apart in luma, `chromaStride` in each chroma plane. */
export interface Picture extends PictureSize {
  y: Uint8Array;
  u: Uint8Array;
  v: Uint8Array;
  stride: number;
  chromaStride: number;
}

/** One decoded frame at two sizes. The buffers are reused: copy what must outlive the call that received it. */
export interface Frame {
  /** Position among the decoded frames, from 0. */
  index: number;
  /** Longest side at most 1280, never larger than the source; rotation applied. */
  analysis: Picture;
  /** About 256 wide, the same moment. */
  small: Picture;
}
