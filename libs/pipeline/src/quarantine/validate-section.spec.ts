import { ruleBookOf, validateSchema } from './validate-section';

describe('the validate section', () => {
  it('rejects by default, and keeps the rules of each table in order', () => {
    const section = validateSchema.parse({ rules: { Visit: { rules: [{ rule: 'required', column: 'id' }, { rule: 'unique', columns: ['id'] }] } } }); // prettier-ignore
    expect(section.onError).toBe('reject');
    expect(ruleBookOf(section).get('Visit')?.map(({ id }) => id)).toEqual(['required', 'unique']); // prettier-ignore
  });

  it('lists every fault at its path', () => {
    const rules = {
      Visit: {
        rules: [
          { rule: 'rnage', column: 'a' },
          { rule: 'range', column: 'a' },
        ],
      },
      Site: { rules: [] },
    };
    const { error } = validateSchema.safeParse({ rules, onError: 'ignore' });
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(expect.arrayContaining(['rules.Site.rules', 'onError']));
    const second = validateSchema.safeParse({ rules: { Visit: rules.Visit } });
    expect(second.error?.issues.map(({ path }) => path.join('.'))).toEqual(['rules.Visit.rules.0.rule', 'rules.Visit.rules.1']);
  });
});
