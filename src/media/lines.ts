/** Cuts a stream of text into lines; a line longer than the limit is cut short, so that memory stays bounded. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #limit: number;
  #rest = '';

  constructor(onLine: (line: string) => void, limit = 65_536) {
    this.#onLine = onLine;
    this.#limit = limit;
  }

  push(text: string): void {
    let from = 0;
    for (;;) {
      const at = text.indexOf('\n', from);
      if (at < 0) break;
      this.#onLine((this.#rest + text.slice(from, at)).replace(/\r$/, ''));
      this.#rest = '';
      from = at + 1;
    }
    if (this.#rest.length < this.#limit) this.#rest += text.slice(from, from + this.#limit);
  }

  /** Hands over what came after the last line end. */
  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }
}
