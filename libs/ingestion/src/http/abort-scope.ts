/** An abort signal that follows its parent and can also be aborted on its own; `close` lets go of the parent. */
export class AbortScope {
  private readonly controller = new AbortController();
  private readonly follow = (): void => this.controller.abort(this.parent.reason);

  constructor(private readonly parent: AbortSignal) {
    if (parent.aborted) this.follow();
    else parent.addEventListener('abort', this.follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason?: unknown): void {
    this.controller.abort(reason);
  }

  close(): void {
    this.parent.removeEventListener('abort', this.follow);
  }
}
