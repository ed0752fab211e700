import { dumpedMajor, restorableEntries } from './archive-listing';

const LISTING = `;
;     Dumped from database version: 15.18 (Debian 15.18-0+deb12u1)
;     Dumped by pg_dump version: 16.1
;
7; 2615 65687 SCHEMA - labs postgres
5; 2615 2200 SCHEMA - public pg_database_owner
3398; 0 0 COMMENT - SCHEMA public pg_database_owner
3399; 0 0 ACL - SCHEMA public pg_database_owner
3400; 0 0 ACL - SCHEMA labs postgres
2; 3079 65688 EXTENSION - pgcrypto 
3401; 0 0 COMMENT - EXTENSION pgcrypto 
216; 1259 65725 TABLE public SCHEMA - public postgres
3402; 0 0 COMMENT public TABLE t postgres
`;

describe('an archive listing', () => {
  it('tells which server was dumped', () => {
    expect(dumpedMajor(LISTING)).toBe(15);
    expect(dumpedMajor(';     Dumped from database version: 9.6.24\n')).toBe(9);
    expect(dumpedMajor('')).toBeNull();
  });

  it('is restored without what belongs to the database itself', () => {
    const gone = LISTING.split('\n').filter((line) => !restorableEntries(LISTING).split('\n').includes(line));
    expect(gone).toEqual([
      '5; 2615 2200 SCHEMA - public pg_database_owner',
      '3398; 0 0 COMMENT - SCHEMA public pg_database_owner',
      '3399; 0 0 ACL - SCHEMA public pg_database_owner',
      '3401; 0 0 COMMENT - EXTENSION pgcrypto ',
    ]);
  });
});
