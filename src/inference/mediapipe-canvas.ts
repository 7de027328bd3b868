/** A picture for MediaPipe's tasks: red, green, blue, alpha per pixel. */
export interface RgbaPicture {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

interface Texture {
  data?: Uint8ClampedArray;
}

/**
 * The part of WebGL 2 that the tasks' CPU path touches: it uploads a picture as a texture and reads it back through a
 * framebuffer, so that a mailbox for one picture per texture is all it needs. Nothing is drawn.
 */
class PixelMailbox {
  readonly TEXTURE_2D = 0x0de1;
  readonly RGBA = 0x1908;
  readonly UNSIGNED_BYTE = 0x1401;
  readonly UNPACK_FLIP_Y_WEBGL = 0x9240;
  readonly #bound: (Texture | null)[] = [];
  #unit = 0;
  #framebuffer: { texture?: Texture } | null = null;

  getContextAttributes = () => ({ alpha: true, powerPreference: 'default' });
  getSupportedExtensions = (): string[] => [];
  getExtension = () => null;
  getError = () => 0;
  isContextLost = () => false;
  /** Strings that name an implementation of the right version, and generous limits. */
  getParameter = (name: number): string | number => PARAMETERS[name] ?? 0;

  createTexture = (): Texture => ({});
  createFramebuffer = (): { texture?: Texture } => ({});
  activeTexture(unit: number): void {
    this.#unit = unit - 0x84c0;
  }
  bindTexture(_target: number, texture: Texture | null): void {
    this.#bound[this.#unit] = texture;
  }
  texImage2D(
    _target: number,
    _level: number,
    _inner: number,
    _format: number,
    _type: number,
    source: RgbaPicture,
  ): void {
    const texture = this.#bound[this.#unit];
    if (!texture || !source?.data) throw new TypeError('only RGBA pictures can be uploaded');
    texture.data = source.data;
  }
  bindFramebuffer(_target: number, framebuffer: { texture?: Texture } | null): void {
    this.#framebuffer = framebuffer;
  }
  framebufferTexture2D(_target: number, _attachment: number, _kind: number, texture: Texture): void {
    if (this.#framebuffer) this.#framebuffer.texture = texture;
  }
  checkFramebufferStatus = () => 0x8cd5;
  readPixels(
    _x: number,
    _y: number,
    width: number,
    height: number,
    _format: number,
    _type: number,
    heap: Uint8Array,
    at: number,
  ): void {
    const pixels = this.#framebuffer?.texture?.data;
    if (!pixels) throw new TypeError('no picture was uploaded');
    heap.set(pixels.subarray(0, width * height * 4), at);
  }

  fenceSync = () => ({});
  clientWaitSync = () => 0x911a;
  getSyncParameter = () => 0x9119;
  deleteSync(): void {}
  deleteTexture(): void {}
  deleteFramebuffer(): void {}
  texParameteri(): void {}
  pixelStorei(): void {}
  flush(): void {}
  finish(): void {}
  viewport(): void {}
}

const PARAMETERS: Record<number, string | number> = {
  7936: 'mailbox',
  7937: 'mailbox',
  7938: 'WebGL 2.0 (mailbox)',
  35724: 'WebGL GLSL ES 3.00',
  3379: 16384,
  34921: 16,
  34930: 16,
  35661: 16,
};

/** Stands in for a canvas; its only context is the mailbox. */
export class MailboxCanvas {
  width: number;
  height: number;
  #mailbox: PixelMailbox | null = null;

  constructor(width = 1, height = 1) {
    this.width = width;
    this.height = height;
  }

  getContext(kind: string): PixelMailbox | null {
    if (kind !== 'webgl2') return null;
    this.#mailbox ??= new PixelMailbox();
    return this.#mailbox;
  }
}
