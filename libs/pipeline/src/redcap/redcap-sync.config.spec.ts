import { redcapSyncConfig } from './redcap-sync.config';

describe('redcapSyncConfig', () => {
  it('downloads unless it is told to use the files that are there', () => {
    expect(redcapSyncConfig.read({}).source).toMatchObject({ downloadRecords: true, downloadDictionary: true });
    expect(redcapSyncConfig.read({ RELOAD_DATABASE: '0' }).source).toMatchObject({
      downloadRecords: false,
      downloadDictionary: false,
      recordsFile: 'redcap_export.json',
    });
    expect(redcapSyncConfig.read({ DOWNLOAD_REDCAP_DATA: '0' }).source).toMatchObject({ downloadRecords: false, downloadDictionary: true });
  });

  it('takes BATCH_SIZE as a number and refuses what is none', () => {
    expect(redcapSyncConfig.read({ BATCH_SIZE: '25' }).source.batchSize).toBe(25);
    expect(redcapSyncConfig.faults({ BATCH_SIZE: 'abc' })).toEqual(['BATCH_SIZE: expected a whole number']);
    expect(redcapSyncConfig.faults({ BATCH_SIZE: '0' })).toHaveLength(1);
  });

  it.each([
    ['02:30', '0 30 2 * * *'],
    ['23:59:07', '7 59 23 * * *'],
  ])('makes a daily schedule of %s', (time, cron) => {
    expect(redcapSyncConfig.read({ RELOAD_SCHEDULE: '1', SCHEDULE_RUN_TIME: time, TZ: 'America/New_York' }).schedule).toEqual({
      cron,
      timeZone: 'America/New_York',
    });
  });

  it('has no schedule unless it is switched on, and refuses a time that is none', () => {
    expect(redcapSyncConfig.read({ SCHEDULE_RUN_TIME: '02:30' }).schedule).toBeNull();
    expect(redcapSyncConfig.faults({ SCHEDULE_RUN_TIME: '25:00' })).toHaveLength(1);
  });
});
