import { tributary } from '../../e2e/tributary';

describe.each(['redcap', 'schema', 'mapping'])('tributary %s', (group) => {
  it('shows its commands on stdout and exits with 1 without one', async () => {
    const { exitCode, stdout, stderr } = await tributary({ url: 'no address' }, group);
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(stdout).toContain(`Usage: tributary ${group}`);
  });

  it('exits with 2 and shows its commands on stderr for another word', async () => {
    const { exitCode, stdout, stderr } = await tributary({ url: 'no address' }, `${group} bogus`);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain("unknown command 'bogus'");
    expect(stderr).toContain(`Usage: tributary ${group}`);
  });
});
