/** Writes whole numbers from 0 in sevens of bits, the lowest first: small ones take a byte. */
export class VarintWriter {
  private bytes = Buffer.allocUnsafe(4_096);
  private length = 0;

  number(value: number): void {
    if (this.length + 8 > this.bytes.length) {
      const wider = Buffer.allocUnsafe(this.bytes.length * 2);
      this.bytes.copy(wider, 0, 0, this.length);
      this.bytes = wider;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) + 128;
    this.bytes[this.length++] = rest;
  }

  /** One that may be below 0. */
  signed(value: number): void {
    this.number(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }
}

/** Reads what a writer wrote, from a position on. */
export class VarintReader {
  constructor(
    protected readonly bytes: Buffer,
    protected position = 0,
  ) {}

  protected number(): number {
    const { bytes } = this;
    let byte = bytes[this.position++] as number;
    if (byte < 128) return byte;
    let value = byte - 128;
    // Beyond 32 bits there are no shifts.
    for (let worth = 128; ; worth *= 128) {
      byte = bytes[this.position++] as number;
      if (byte < 128) return value + byte * worth;
      value += (byte - 128) * worth;
    }
  }

  protected signed(): number {
    const folded = this.number();
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }
}
