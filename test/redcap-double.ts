import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@app/testing';
import type { FlatRecord } from '../samples/redcap-server/record-store';
import { type RunningRedcapServer, startRedcapServer } from '../samples/redcap-server/redcap-server';

export const REDCAP_TOKEN = 'E2ETOKEN0123456789ABCDEF01234567';

/** Fields of one request, without the token. */
export type RedcapForm = Readonly<Record<string, string>>;

export interface CannedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Requests that wait at the gate until it opens. */
export interface Gate {
  /** Resolves once a request waits. */
  reached(): Promise<void>;
  open(): void;
}

interface ClosedGate {
  readonly holds: (form: RedcapForm) => boolean;
  readonly opened: Promise<void>;
  waiting: number;
}

export const isRecordList = (form: RedcapForm): boolean => form.content === 'record' && form.fields === 'proposal_id';
export const isChunk = (form: RedcapForm): boolean => form.content === 'record' && !isRecordList(form);
export const isDictionary = (form: RedcapForm): boolean => form.content === 'metadata';

/** The lowest record id that a chunk asks for. */
export const lowestId = (form: RedcapForm): number => Number(/>=(\d+)/.exec(form.filterLogic ?? '')?.[1]);

/**
 * The sample REDCap server behind a door that the test controls: it can hold requests back, answer in the server's place,
 * and change the project while everybody runs.
 */
export class RedcapDouble {
  /** Every request in order, answered or not. */
  readonly requests: RedcapForm[] = [];
  private readonly gates = new Set<ClosedGate>();
  private answers: ((form: RedcapForm) => CannedAnswer | null) | null = null;

  private constructor(
    private readonly door: Server,
    private project: RunningRedcapServer,
  ) {
    // A request whose worker was killed, or whose project is closed meanwhile, gets no answer.
    door.on('request', (request, response) => void this.handle(request, response).catch(() => response.destroy()));
  }

  static async start(records: Iterable<FlatRecord>, dictionary: readonly FlatRecord[]): Promise<RedcapDouble> {
    const door = createServer();
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    return new RedcapDouble(door, await startRedcapServer({ token: REDCAP_TOKEN, records, dictionary }));
  }

  /** The settings of a deployment that points here. */
  get env(): { readonly REDCAP_URL_BASE: string; readonly REDCAP_APPLICATION_TOKEN: string } {
    const { port } = this.door.address() as AddressInfo;
    return { REDCAP_URL_BASE: `http://127.0.0.1:${port}/api/`, REDCAP_APPLICATION_TOKEN: REDCAP_TOKEN };
  }

  /** Replaces the whole project. */
  async become(records: Iterable<FlatRecord>, dictionary: readonly FlatRecord[]): Promise<void> {
    const before = this.project;
    this.project = await startRedcapServer({ token: REDCAP_TOKEN, records, dictionary });
    await before.close();
  }

  /** Lets requests wait, from now on, until the returned gate opens. Gates may stand one behind the other. */
  hold(holds: (form: RedcapForm) => boolean): Gate {
    let open: () => void = () => undefined;
    const gate: ClosedGate = { holds, opened: new Promise<void>((resolve) => (open = resolve)), waiting: 0 };
    this.gates.add(gate);
    return {
      reached: async () => {
        await eventually('a request waits at the gate', () => gate.waiting > 0);
      },
      open: () => {
        this.gates.delete(gate);
        open();
      },
    };
  }

  /** Answers in the project's place where `answer` is not null; `null` ends that. */
  answerWith(answer: ((form: RedcapForm) => CannedAnswer | null) | null): void {
    this.answers = answer;
  }

  async close(): Promise<void> {
    this.door.closeAllConnections();
    await new Promise((resolve) => this.door.close(resolve));
    await this.project.close();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces).toString('utf8');
    const form = Object.fromEntries([...new URLSearchParams(body)].filter(([field]) => field !== 'token'));
    this.requests.push(form);
    for (const gate of [...this.gates].filter(({ holds }) => holds(form))) {
      gate.waiting += 1;
      await gate.opened;
    }
    const { status, contentType, body: text } = this.answers?.(form) ?? (await this.pass(body));
    response.writeHead(status, { 'content-type': contentType }).end(text);
  }

  private async pass(body: string): Promise<CannedAnswer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(this.project.url, { method: 'POST', headers, body });
    return { status: answer.status, contentType: 'application/json; charset=utf-8', body: await answer.text() };
  }
}
