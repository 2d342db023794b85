/** What was computed for the epoch asked for last: several views ask in turn. */
export class Memo {
  constructor() {
    this.epoch = NaN;
    /** @type {Map<string, unknown>} */
    this.values = new Map();
  }

  /**
   * The value kept under `key`, else that of `make`.
   *
   * @template T
   * @param {number} epoch
   * @param {string} key
   * @param {() => T} make
   * @returns {T}
   */
  of(epoch, key, make) {
    if (this.epoch !== epoch) {
      this.epoch = epoch;
      this.values.clear();
    }
    if (!this.values.has(key)) {
      this.values.set(key, make());
    }
    return /** @type {T} */ (this.values.get(key));
  }
}
