import type { HostBudgets } from '../http/host-budget';
import { postForm } from '../http/post-form';
import { withRetries } from '../http/retry';
import type { Timing } from '../http/timing';
import type { FlatRow } from './flat-row';
import { bodyOf, rowsOf } from './redcap-answer';
import type { RedcapConfig } from './redcap.config';

/** Which records, and which of their fields, one request asks for. */
export interface RecordSelection {
  readonly ids: readonly string[];
  readonly byRange: boolean;
  /** Null asks for every field. */
  readonly fields: readonly string[] | null;
}

export interface RedcapServer {
  readonly url: string;
  readonly token: string;
}

/** REDCap's API as the wire has it: one method per kind of request, each retried within the host's budget. */
export class RedcapApi {
  private readonly host: string;

  constructor(
    private readonly server: RedcapServer,
    private readonly config: RedcapConfig,
    private readonly budgets: HostBudgets,
    private readonly timing: Timing,
  ) {
    this.host = new URL(server.url).host;
  }

  async version(signal: AbortSignal): Promise<string> {
    const body = await this.post('version', { content: 'version', format: 'json', returnFormat: 'json' }, signal, (text) => text);
    return body.trim();
  }

  dictionary(signal: AbortSignal): Promise<FlatRow[]> {
    return this.post('data dictionary', { content: 'metadata', format: 'json', returnFormat: 'json' }, signal, rowsOf);
  }

  /** One row for every row of the project, so the same id may come several times. */
  idRows(signal: AbortSignal): Promise<FlatRow[]> {
    const { recordIdField, filterLogic } = this.config;
    const form = { ...this.recordForm(), fields: recordIdField, ...(filterLogic === undefined ? {} : { filterLogic }) };
    return this.post('record id list', form, signal, rowsOf);
  }

  records(selection: RecordSelection, signal: AbortSignal): Promise<FlatRow[]> {
    const form: Record<string, string> = { ...this.recordForm() };
    selection.fields?.forEach((field, index) => (form[`fields[${index}]`] = field));
    if (!selection.byRange) selection.ids.forEach((id, index) => (form[`records[${index}]`] = id));
    const logic = this.logicFor(selection);
    if (logic !== null) form['filterLogic'] = logic;
    return this.post(recordsLabel(selection.ids), form, signal, rowsOf);
  }

  private logicFor({ ids, byRange }: RecordSelection): string | null {
    const { recordIdField, filterLogic } = this.config;
    if (!byRange) return filterLogic ?? null;
    const range = `[${recordIdField}]>=${ids[0]} && [${recordIdField}]<=${ids.at(-1)}`;
    return filterLogic === undefined ? range : `(${range}) && (${filterLogic})`;
  }

  private recordForm() {
    return {
      content: 'record',
      format: 'json',
      type: 'flat',
      rawOrLabel: 'raw',
      rawOrLabelHeaders: 'raw',
      exportCheckboxLabel: 'false',
      exportSurveyFields: String(this.config.exportSurveyFields),
      exportDataAccessGroups: String(this.config.exportDataAccessGroups),
      returnFormat: 'json',
    };
  }

  private post<T>(what: string, form: Record<string, string>, signal: AbortSignal, read: (body: string, label: string) => T): Promise<T> {
    const { timeoutMs, maxResponseBytes, hostConcurrency, requestsPerMinute } = this.config;
    const { url, token } = this.server;
    const label = `The request to ${this.host} for the ${what}`;
    const request = { label, url, form: new URLSearchParams({ token, ...form }), timeoutMs, maxResponseBytes };
    const limits = { maxConcurrent: hostConcurrency, requestsPerMinute };
    return withRetries({ ...this.config, timing: this.timing }, signal, async () => {
      const answer = await this.budgets.of(this.host).run(limits, signal, () => postForm(request, signal));
      return read(bodyOf(answer, label, token), label);
    });
  }
}

/** Names a chunk of records in messages. */
export function recordsLabel(ids: readonly string[]): string {
  return ids.length === 1 ? `record ${ids[0]}` : `${ids.length} records ${ids[0]} to ${ids.at(-1)}`;
}
