import type { FlatRecord } from '../redcap-server/record-store';
import {
  columnsOf,
  dictionaryOf,
  extraFields,
  FUNDING,
  HUBS,
  INTAKE,
  REVIEW,
  SITE_VISIT,
  STUDY_FIELDS,
  type StudyField,
  SUPPLEMENT,
} from './fields';
import { freeTextName, nothing, person } from './people';
import { Random } from './random';

/** Records of the sample study unless somebody asks for more. */
export const DEFAULT_RECORDS = 600;

const FIRST_DAY_MS = Date.UTC(2019, 0, 1);
const DAY_MS = 86_400_000;
const LAST_DAY = 2_200;
/** Keeps the numbers of one record apart from its neighbour's. */
const RECORD_STEP = 7_919;
/** Distinct answers to a supplementary question. */
const EXTRA_ANSWERS = 9_973;

export interface StudyOptions {
  readonly records?: number;
  /** The same seed gives the same study; a record does not depend on how many follow it. */
  readonly seed?: number;
  /** At least so many columns; what is missing is filled up with `extra_…` text fields. */
  readonly fields?: number;
}

export interface GeneratedStudy {
  readonly dictionary: readonly FlatRecord[];
  /** Rows of a flat export by ascending record id, made one at a time. May be iterated again. */
  readonly records: Iterable<FlatRecord>;
}

/** The Harbor study: proposals for clinical trials, with their review, repeating site visits and follow-up events. */
export function generateStudy({ records = DEFAULT_RECORDS, seed = 1, fields = 0 }: StudyOptions = {}): GeneratedStudy {
  const plain = new StudyGenerator(seed, STUDY_FIELDS);
  const missing = fields - plain.width;
  const all = missing > 0 ? [...STUDY_FIELDS, ...extraFields(missing)] : STUDY_FIELDS;
  const generator = missing > 0 ? new StudyGenerator(seed, all) : plain;
  return { dictionary: dictionaryOf(all), records: { [Symbol.iterator]: () => generator.rows(records) } };
}

class StudyGenerator {
  /** A row in which nothing was answered. */
  private readonly blank: Readonly<Record<string, string>>;
  private readonly extras: readonly string[];

  constructor(
    private readonly seed: number,
    fields: readonly StudyField[],
  ) {
    const forms = [...new Set(fields.map((field) => field.form))];
    const plumbing = ['redcap_event_name', 'redcap_repeat_instrument', 'redcap_repeat_instance'];
    const [idColumn = 'proposal_id', ...columns] = fields.flatMap(columnsOf);
    const names = [idColumn, ...plumbing, ...columns, ...forms.map((form) => `${form}_complete`)];
    this.blank = Object.fromEntries(names.map((name) => [name, name.includes('___') ? '0' : '']));
    this.extras = fields.filter((field) => field.form === SUPPLEMENT).map((field) => field.name);
  }

  get width(): number {
    return Object.keys(this.blank).length;
  }

  *rows(records: number): Generator<FlatRecord> {
    for (let id = 1; id <= records; id += 1) {
      const random = new Random(this.seed * RECORD_STEP + id * RECORD_STEP);
      yield this.proposal(id, random);
      const visits = random.chance(0.2) ? random.between(1, 3) : 0;
      for (let instance = 1; instance <= visits; instance += 1) yield this.siteVisit(id, instance, random);
      if (random.chance(0.05)) yield this.followUp(id, random);
    }
  }

  /** The base row of a proposal. */
  private proposal(id: number, random: Random): FlatRecord {
    const row: Record<string, string> = { ...this.blank, proposal_id: String(id), redcap_event_name: 'intake_arm_1' };
    Object.assign(row, intakeAnswers(id, random), fundingAnswers(random), reviewAnswers(random));
    checkSome(row, 'services_requested', 0.35, random);
    checkSome(row, 'services_recommended', 0.25, random);
    this.extras.forEach((name, index) => (row[name] = `answer ${(id * (index + 1)) % EXTRA_ANSWERS}`));
    for (const form of [INTAKE, FUNDING, REVIEW]) row[`${form}_complete`] = '2';
    return row;
  }

  /** A repeating instrument: the instance is a number, as REDCap sends it. */
  private siteVisit(id: number, instance: number, random: Random): FlatRecord {
    return {
      ...this.blank,
      proposal_id: String(id),
      redcap_event_name: 'intake_arm_1',
      redcap_repeat_instrument: SITE_VISIT,
      redcap_repeat_instance: instance,
      visit_on: day(random),
      visit_notes: random.pick(['Pharmacy, freezer and rooms seen', 'Said "come back in May"', 'Two lines:\nfirst and second', '']),
      [`${SITE_VISIT}_complete`]: '2',
    };
  }

  /** A repeating event: an instance without an instrument. */
  private followUp(id: number, random: Random): FlatRecord {
    return {
      ...this.blank,
      proposal_id: String(id),
      redcap_event_name: 'follow_up_arm_1',
      redcap_repeat_instance: 1,
      first_contact: day(random),
    };
  }
}

function intakeAnswers(id: number, random: Random): Record<string, string> {
  const leader = person(random);
  const isLeader = random.chance(0.6);
  const submitter = isLeader ? leader : person(random);
  const topic = random.pick(['sepsis', 'stroke, acute', '"long" COVID', 'asthma in children', 'café-au-lait spots', 'knee pain']);
  return {
    intake_channel: random.chance(0.03) ? 'test' : random.pick(['web', 'mail']),
    submitted_on: day(random),
    submitted_on_2: random.chance(0.2) ? day(random) : '',
    short_title: `HARBOR-${id} ${topic}`,
    full_title: `A randomized trial of ${random.pick(['early', 'late', 'home-based'])} care for ${topic}, in ${random.between(2, 40)} clinics`,
    summary: random.chance(0.2) ? nothing(random) : `Compares two ways to treat ${topic}; "usual care" is one of them.`,
    pi_firstname: random.chance(0.05) ? ` ${leader.first} ` : leader.first,
    pi_lastname: leader.last,
    submitter_is_pi: isLeader ? '1' : '0',
    submitter_firstname: submitter.first,
    submitter_lastname: submitter.last,
    submitter_email: random.chance(0.1) ? '' : `person${random.between(1, 400)}@example.org`,
    contact_email: random.chance(0.3) ? `contact${random.between(1, 50)}@example.org` : '',
    submitter_phone: `555-01${random.between(10, 99)}`,
    org_name: String(random.between(1, HUBS.length)),
    hub_pi_name: freeTextName(random),
    hub_pi_name_2: random.chance(0.5) ? freeTextName(random) : '',
    therapeutic_area: String(random.between(1, 5)),
    phase: random.pick(['1', '2', '3', '9']),
    population: String(random.between(1, 3)),
    site_count: random.chance(0.05) ? 'about ten' : String(random.between(1, 60)),
    enrollment_goal: random.chance(0.1) ? '' : String(random.between(20, 5_000)),
    covid_study: random.pick(['1', '0', '0', '']),
    heal_study: random.pick(['1', '0', '0', '']),
    share_question: random.pick(['1', '0', '', '']),
  };
}

function fundingAnswers(random: Random): Record<string, string> {
  return {
    has_funding: random.pick(['1', '0']),
    funding_source: String(random.between(1, 4)),
    funding_source_new: random.chance(0.3) ? String(random.between(1, 4)) : '',
    award_amount: random.chance(0.2) ? nothing(random) : `${random.between(50, 9_000) * 1_000}.50`,
    budget_band: random.pick(['low', 'mid', 'high', '']),
    funding_start: random.chance(0.2) ? '' : day(random),
    grant_submitted: random.chance(0.3) ? '' : day(random),
    protocol_final: random.chance(0.5) ? '' : day(random),
  };
}

function reviewAnswers(random: Random): Record<string, string> {
  const kickoff = random.between(1, 3);
  const reviewer = () => (random.chance(0.5) ? reviewerName(random) : '');
  return {
    proposal_status: random.pick(['10', '20', '30', '30', '40', '119']),
    assigned_hub: String(random.between(1, 3)),
    meeting_on: day(random),
    meeting_on_2: random.chance(0.25) ? day(random) : '',
    decision: String(random.between(1, 3)),
    decision_2: random.chance(0.1) ? '1' : '',
    recommendation_notes: random.chance(0.5) ? nothing(random) : '  Start small; add sites, then widen.  ',
    first_contact: day(random),
    kickoff_status: String(kickoff),
    kickoff_on: kickoff === 3 ? '' : day(random),
    reviewer_name_lakeside: reviewer(),
    reviewer_name_fjord: reviewer(),
    reviewer_name_alder: reviewer(),
  };
}

function reviewerName(random: Random): string {
  const { first, last } = person(random);
  return `${first} ${last}`;
}

function checkSome(row: Record<string, string>, base: string, share: number, random: Random): void {
  for (const column of Object.keys(row).filter((name) => name.startsWith(`${base}___`))) row[column] = random.chance(share) ? '1' : '0';
}

function day(random: Random): string {
  return new Date(FIRST_DAY_MS + random.between(0, LAST_DAY) * DAY_MS).toISOString().slice(0, 10);
}
