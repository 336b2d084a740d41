/** A few promises running at once: writing goes on while the next rows are parsed, and memory stays bounded. */
export class InFlight {
  readonly #max: number;
  readonly #running: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /** Undefined where more may be started at once; else what to wait for first. Rejects with the first failure of any. */
  start(task: Promise<void>): Promise<void> | undefined {
    const guarded = task.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#running.push(guarded);
    return this.#running.length < this.#max && this.#failure === undefined ? undefined : this.#oldest();
  }

  async drain(): Promise<void> {
    while (this.#running.length > 0) await this.#running.shift();
    this.#check();
  }

  async #oldest(): Promise<void> {
    await this.#running.shift();
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
