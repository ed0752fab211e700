/** Lets a test wait until work has begun, and the work until the test opens it. */
export interface Gate {
  readonly entered: Promise<void>;
  readonly opened: Promise<void>;
  readonly enter: () => void;
  readonly open: () => void;
}

const makeGate = (): Gate => {
  let enter!: () => void;
  let open!: () => void;
  const entered = new Promise<void>((resolve) => (enter = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { entered, enter, open, opened };
};

/** Gates by name; each is made when it is first asked for. */
export class Gates {
  private readonly gates = new Map<string, Gate>();

  at(name: string): Gate {
    const gate = this.gates.get(name) ?? makeGate();
    this.gates.set(name, gate);
    return gate;
  }

  openAll(): void {
    for (const { open } of this.gates.values()) open();
  }

  clear(): void {
    this.gates.clear();
  }
}
