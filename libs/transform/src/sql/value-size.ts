type Node = Readonly<Record<string, unknown>>;

/** Of one value: the engine makes it whole, outside its memory limit, for a batch of rows at once, and cannot be interrupted meanwhile. */
export const MAX_VALUE_ITEMS = 100_000;

/** Functions that make a value as large as they are told, and which of their arguments tells it. */
const SIZED: ReadonlyMap<string, number> = new Map([
  ['repeat', 1],
  ['lpad', 1],
  ['rpad', 1],
  ['bitstring', 1],
  ['list_resize', 1],
  ['array_resize', 1],
]);
const SPANS = new Set(['range', 'generate_series']);

/** How many times larger than its first argument a call makes its value, as far as constants tell; 1 for any other function. */
export function growthOf(name: string, call: Node): number {
  const args = Array.isArray(call.children) ? (call.children as readonly unknown[]) : [];
  const size = SIZED.get(name);
  if (size !== undefined) return magnitude(args[size]);
  if (!SPANS.has(name)) return 1;
  return args.length === 1 ? magnitude(args[0]) : Math.abs(magnitude(args[1]) - magnitude(args[0]));
}

/** Of an argument: the product of the numbers in it. What comes from rows counts as 1. */
function magnitude(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  if ('class' in value && value.class === 'CONSTANT') return constant(value);
  return Object.values(value).reduce<number>((product, part) => product * Math.max(1, magnitude(part)), 1);
}

function constant(node: Node): number {
  const value = typeof node.value === 'object' && node.value !== null ? (node.value as Node).value : undefined;
  const number = Math.abs(Number(value));
  return Number.isNaN(number) ? 1 : number;
}
