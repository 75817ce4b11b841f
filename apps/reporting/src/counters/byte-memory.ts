/** Remembers what was used last, up to a number of bytes. */
export class ByteMemory<T extends { readonly bytes: number }> {
  private readonly remembered = new Map<string, T>();
  private bytes = 0;

  constructor(private readonly most: number) {}

  get(key: string): T | undefined {
    const found = this.remembered.get(key);
    if (found) {
      this.remembered.delete(key);
      this.remembered.set(key, found);
    }
    return found;
  }

  set(key: string, value: T): void {
    this.bytes += value.bytes - (this.remembered.get(key)?.bytes ?? 0);
    this.remembered.delete(key);
    this.remembered.set(key, value);
    for (const [oldest, { bytes }] of this.remembered) {
      if (this.bytes <= this.most) return;
      this.remembered.delete(oldest);
      this.bytes -= bytes;
    }
  }

  clear(): void {
    this.remembered.clear();
    this.bytes = 0;
  }
}
