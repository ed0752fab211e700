import type { FlatRecord } from '../redcap-server/record-store';

type FieldType = 'text' | 'notes' | 'radio' | 'dropdown' | 'checkbox' | 'yesno' | 'sql' | 'descriptive';

export interface StudyField {
  readonly name: string;
  readonly form: string;
  readonly type: FieldType;
  readonly label: string;
  /** Codes and labels, as REDCap writes them. */
  readonly choices?: string;
  readonly validation?: 'date_ymd' | 'integer' | 'number' | 'email' | 'phone';
  readonly isIdentifier?: boolean;
}

export const INTAKE = 'trial_intake';
export const FUNDING = 'funding_and_timeline';
export const REVIEW = 'network_review';
export const SITE_VISIT = 'site_visit';
export const SUPPLEMENT = 'supplement';

const SERVICES =
  '1, Protocol design | 2, Recruitment plan, materials and outreach | 3, Single IRB | 4, Statistics & data | 5, Site network';

/** Labels of the network's hubs by their number; the dictionary lists them as `ctsa_<number>`. */
export const HUBS = [
  'Lakeside University',
  'Fjord Medical School',
  'São Brás Institute',
  'Prairie "Plains" Clinic',
  'Coastal Health, North',
  'Alder Hospital',
];

const field =
  (form: string) =>
  (name: string, type: FieldType, label: string, more: Partial<StudyField> = {}): StudyField => ({ name, form, type, label, ...more });
const intake = field(INTAKE);
const funding = field(FUNDING);
const review = field(REVIEW);
const visit = field(SITE_VISIT);

/** Every field of the Harbor intake project, the record id first. */
export const STUDY_FIELDS: readonly StudyField[] = [
  intake('proposal_id', 'text', 'Proposal number', { validation: 'integer' }),
  intake('intake_channel', 'radio', 'How the proposal reached the network', { choices: 'web, Web form | mail, E-mail | test, Test entry' }),
  intake('submitted_on', 'text', 'Submitted on', { validation: 'date_ymd' }),
  intake('submitted_on_2', 'text', 'Submitted on (corrected)', { validation: 'date_ymd' }),
  intake('short_title', 'text', 'Short title'),
  intake('full_title', 'text', 'Full title'),
  intake('summary', 'notes', 'Summary in plain language'),
  intake('pi_firstname', 'text', 'Principal investigator: first name', { isIdentifier: true }),
  intake('pi_lastname', 'text', 'Principal investigator: last name', { isIdentifier: true }),
  intake('submitter_is_pi', 'yesno', 'The submitter is the principal investigator'),
  intake('submitter_firstname', 'text', 'Submitter: first name', { isIdentifier: true }),
  intake('submitter_lastname', 'text', 'Submitter: last name', { isIdentifier: true }),
  intake('submitter_email', 'text', 'Submitter: e-mail', { validation: 'email', isIdentifier: true }),
  intake('contact_email', 'text', 'Other contact: e-mail', { validation: 'email', isIdentifier: true }),
  intake('submitter_phone', 'text', 'Submitter: telephone', { validation: 'phone', isIdentifier: true }),
  intake('org_name', 'sql', 'Submitting hub', { choices: 'select hub_number, hub_label from hubs order by hub_number' }),
  intake('hub_pi_name', 'text', 'Hub leader, as written on the form', { isIdentifier: true }),
  intake('hub_pi_name_2', 'text', 'Hub leader, if the first hub has none', { isIdentifier: true }),
  intake('therapeutic_area', 'dropdown', 'Therapeutic area', {
    choices: '1, Cardiology | 2, Oncology | 3, Neurology | 4, Infectious disease | 5, Pediatrics',
  }),
  intake('phase', 'radio', 'Phase', { choices: '1, Phase I | 2, Phase II | 3, Phase III | 9, Not applicable' }),
  intake('population', 'radio', 'Population', { choices: '1, Adults | 2, Children | 3, Both' }),
  intake('site_count', 'text', 'Number of sites', { validation: 'integer' }),
  intake('enrollment_goal', 'text', 'Participants to enrol', { validation: 'integer' }),
  intake('covid_study', 'yesno', 'Concerns COVID-19'),
  intake('heal_study', 'yesno', 'Part of the HEAL initiative'),
  intake('share_question', 'text', 'May be shared with the network (1 yes, 0 no)'),
  intake('services_requested', 'checkbox', 'Services requested', { choices: SERVICES }),
  funding('has_funding', 'yesno', 'Already funded'),
  funding('funding_source', 'dropdown', 'Source of funding', { choices: '1, Public grant | 2, Foundation | 3, Industry | 4, Other' }),
  funding('funding_source_new', 'dropdown', 'Source of funding, revised', {
    choices: '1, Public grant | 2, Foundation | 3, Industry | 4, Other',
  }),
  funding('award_amount', 'text', 'Award, in dollars', { validation: 'number' }),
  funding('budget_band', 'radio', 'Budget', { choices: 'low, Below 1 million | mid, 1 to 5 million | high, Above 5 million' }),
  funding('funding_start', 'text', 'Funding starts', { validation: 'date_ymd' }),
  funding('grant_submitted', 'text', 'Grant application submitted', { validation: 'date_ymd' }),
  funding('protocol_final', 'text', 'Protocol final', { validation: 'date_ymd' }),
  review('proposal_status', 'dropdown', 'Status', {
    choices: '10, Received | 20, In review | 30, Accepted | 40, Declined | 119, Withdrawn',
  }),
  review('assigned_hub', 'dropdown', 'Assigned to', { choices: '1, TIC Lakeside | 2, TIC Fjord | 3, RIC Alder' }),
  review('meeting_on', 'text', 'Review meeting', { validation: 'date_ymd' }),
  review('meeting_on_2', 'text', 'Review meeting, moved to', { validation: 'date_ymd' }),
  review('decision', 'radio', 'Decision', { choices: '1, Support | 2, Do not support | 3, Revise' }),
  review('decision_2', 'radio', 'Decision after appeal', { choices: '1, Support | 2, Do not support | 3, Revise' }),
  review('services_recommended', 'checkbox', 'Services recommended', { choices: SERVICES }),
  review('recommendation_notes', 'notes', 'Notes on the recommendation'),
  review('first_contact', 'text', 'First contact', { validation: 'date_ymd' }),
  review('kickoff_status', 'radio', 'Kick-off meeting', { choices: '1, Held | 2, Planned | 3, Not needed' }),
  review('kickoff_on', 'text', 'Kick-off meeting on', { validation: 'date_ymd' }),
  review('reviewer_name_lakeside', 'text', 'Reviewer, Lakeside', { isIdentifier: true }),
  review('reviewer_name_fjord', 'text', 'Reviewer, Fjord', { isIdentifier: true }),
  review('reviewer_name_alder', 'text', 'Reviewer, Alder', { isIdentifier: true }),
  visit('visit_on', 'text', 'Visited on', { validation: 'date_ymd' }),
  visit('visit_notes', 'notes', 'Notes of the visit'),
];

/** Fields that only make the project wide: `extra_001`, `extra_002`, …. */
export function extraFields(count: number): StudyField[] {
  const extra = field(SUPPLEMENT);
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    return extra(`extra_${number}`, 'text', `Supplementary question ${number}`);
  });
}

/** Columns a field has in a flat export: one per choice for a checkbox, none for a mere label. */
export function columnsOf({ name, type, choices }: StudyField): string[] {
  if (type === 'descriptive') return [];
  return type === 'checkbox' ? codesOf(choices ?? '').map((code) => `${name}___${code}`) : [name];
}

/** The dictionary as `content=metadata` answers it. */
export function dictionaryOf(fields: readonly StudyField[]): FlatRecord[] {
  const hubs = HUBS.map((label, index): StudyField => ({ name: `ctsa_${index + 1}`, form: INTAKE, type: 'descriptive', label }));
  return [...fields, ...hubs].map((entry) => ({
    field_name: entry.name,
    form_name: entry.form,
    section_header: '',
    field_type: entry.type,
    field_label: entry.label,
    select_choices_or_calculations: entry.choices ?? '',
    field_note: '',
    text_validation_type_or_show_slider_number: entry.validation ?? '',
    text_validation_min: '',
    text_validation_max: '',
    identifier: entry.isIdentifier === true ? 'y' : '',
    branching_logic: '',
    required_field: entry.name === 'proposal_id' ? 'y' : '',
    custom_alignment: '',
    question_number: '',
    matrix_group_name: '',
    matrix_ranking: '',
    field_annotation: '',
  }));
}

function codesOf(choices: string): string[] {
  return choices.split(' | ').map((choice) => choice.split(',', 1)[0] ?? '');
}
