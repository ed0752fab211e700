import { FieldUses } from './field-uses';

describe('FieldUses', () => {
  const uses = new FieldUses([
    { row: 1, table: 'Proposal', column: 'status', expression: 'status / "new"', fields: ['status'] },
    {
      row: 2,
      table: 'Review',
      column: 'status',
      expression: 'if status = kind then kind else status',
      fields: ['status', 'kind', 'kind', 'status'],
    },
    { row: 4, table: 'Service', column: 'service', expression: 'service___2', fields: ['service___2'] },
  ]);

  it('names every column once that a field feeds, wherever in the expression it stands', () => {
    expect(uses.of('status').map(({ row }) => row)).toEqual([1, 2]);
    expect(uses.of('kind')).toEqual([{ row: 2, table: 'Review', column: 'status', expression: 'if status = kind then kind else status' }]);
    expect(uses.of('unused')).toEqual([]);
  });

  it('takes the column of a checkbox choice for its field', () => {
    expect(uses.of('service').map(({ row }) => row)).toEqual([4]);
  });

  it('knows the tables that the sync makes by itself', () => {
    expect(uses.of('reviewer_name_duke')).toMatchObject([{ row: null, table: 'reviewer_organization' }]);
    expect(uses.ofLabels('status')).toMatchObject([{ row: null, table: 'name' }]);
    expect(uses.ofLabels('kind')).toEqual([]);
  });
});
