import { statementKeywords } from './statement-keywords';

describe('statementKeywords', () => {
  it.each([
    ['select 1', ['select']],
    ['-- first\nUpdate t set a = 1; /* then ; */ (select 2);', ['update', 'select']],
    [`insert into t values ('; commit'); $$ ; commit $$ ; ";commit"`, ['insert']],
    ['do $x$ begin; end $x$; commit', ['do', 'commit']],
    ['', []],
  ])('reads %j', (text, keywords) => {
    expect(statementKeywords(text)).toEqual(keywords);
  });
});
