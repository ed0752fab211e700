import type { Random } from './random';

type Pool = readonly [string, ...string[]];

const FIRST_NAMES: Pool = ['Maria', 'Omar', 'Priya', 'Jo', 'Zoë', 'José', 'Łucja', 'Ann', 'Wei', 'Amara', 'Björn', 'Noor'];
const LAST_NAMES: Pool = ['Lopez', 'Said', 'Nair', 'Kim', 'Åkesson', 'Núñez', 'Zając', 'Ray', 'Chen', 'Okafor', 'Lind', "O'Neil"];
/** A cell that REDCap users type when they have nothing to say. */
const NOTHINGS: Pool = ['none', 'N/A', 'NA', '.', ''];

export interface Person {
  readonly first: string;
  readonly last: string;
}

export function person(random: Random): Person {
  return { first: random.pick(FIRST_NAMES), last: random.pick(LAST_NAMES) };
}

/** A name in one of the ways people write it into a single field, the hopeless ways included. */
export function freeTextName(random: Random): string {
  const { first, last } = person(random);
  const other = person(random);
  return random.pick([
    `${first} ${last}`,
    `${last}, ${first}`,
    `${first} A. ${last}`,
    `${first} ${last}, MD, PhD`,
    `Dr. ${first} ${last}`,
    `Hub 2 - ${first} ${last}`,
    `${first} ${last}/${other.first} ${other.last}`,
    `${first} ${last} for ${other.first} ${other.last}`,
    `${first} (${other.first}) ${last}`,
    `${last}-`,
    'Pending',
    'unknown',
    '',
  ]);
}

export function nothing(random: Random): string {
  return random.pick(NOTHINGS);
}
