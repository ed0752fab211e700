import { UserAgents } from './user-agents';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0';

describe('UserAgents', () => {
  const agents = new UserAgents();

  it('tells system and browser with their versions, and nothing of what it does not know', () => {
    expect(agents.of(FIREFOX)).toEqual({ system: { family: 'Windows', version: '10' }, browser: { family: 'Firefox', version: '125.0' } });
    expect(agents.of('')).toEqual({ system: { family: 'Other', version: '' }, browser: { family: 'Other', version: '' } });
  });

  it('remembers no more of an agent than its head, however long strangers make it', () => {
    const long = FIREFOX.padEnd(1024, ' x');
    expect(agents.of(`${long}one`)).toBe(agents.of(`${long}two`));
    expect(agents.of(`${long.slice(0, -1)}\u{1f33e}`)).toBe(agents.of(`${long.slice(0, -1)}\u{1f33e}!`));
  });
});
