import { parsePersonName } from './person-name';

describe('parsePersonName', () => {
  it.each([
    ['Maria Lopez', 'Maria', 'Lopez'],
    ['Maria A. Lopez', 'Maria', 'Lopez'],
    ['Maria (Mia) Lopez', 'Maria', 'Lopez'],
    ['M. Lopez', 'M.', 'Lopez'],
    ['Kim, Jo', 'Jo', 'Kim'],
    ['Maria Lopez, MD, PhD', 'Maria', 'Lopez'],
    ['Maria Lopez MD', 'Maria', 'Lopez'],
    ['Maria Lopez PhD', null, 'Maria Lopez PhD'],
    ['Lopez, MD', null, 'Lopez'],
    ['Dr. Maria Lopez', 'Maria', 'Lopez'],
    ['Dr Maria Lopez', 'Dr', 'Lopez'],
    ['Lopez', null, 'Lopez'],
    ['Unknown', null, 'Unknown'],
    ['unknown', 'unknown', 'unknown'],
    ['JANE DOE', null, 'JANE DOE'],
    ['jane doe', 'jane', 'doe'],
    ['Site 4 - Maria Lopez', 'Maria', 'Lopez'],
    ["Ann-Marie O'Neil", null, "Ann-Marie O'Neil"],
    ['Maria Lopez/Jo Kim', 'Maria', 'Lopez'],
    ['Maria Lopez for Jo Kim', 'Maria', 'Lopez'],
    ['Stafford Young 3', null, 'Staf'],
    ['Lopez, Maria A', null, 'Lopez'],
    ['Maria  Lopez', null, 'Maria  Lopez'],
    [' Maria Lopez', null, ' Maria Lopez'],
    ['Maria Lopez ', 'Maria', 'Lopez'],
    ['Jo B. C. Kim', null, 'Jo B. C. Kim'],
    ['Maria van der Berg', null, 'Maria van der Berg'],
    ['José Núñez', null, 'José Núñez'],
    ['Q', null, 'Q'],
    ['', null, ''],
    ['-Lee', null, 'Lee'],
    ['Lee-', null, 'Lee-'],
    ['-', null, '-'],
    [',', null, ','],
    ['/', null, '/'],
  ])('takes %j apart', (text, first, last) => {
    expect(parsePersonName(text)).toEqual({ first, last });
  });

  it.each([
    ['N1', 'Priya Nair, MD, MPH', 'Priya', 'Nair'],
    ['N2', 'Nair, Priya', 'Priya', 'Nair'],
    ['N3', 'P. Nair', 'P.', 'Nair'],
    ['N4', 'Priya K. Nair', 'Priya', 'Nair'],
    ['N5', 'Priya (Pia) Nair', 'Priya', 'Nair'],
    ['N6', 'Nair', null, 'Nair'],
    ['N7', '', null, ''],
    ['N8', 'Priya Nair PhD', null, 'Priya Nair PhD'],
    ['N9', 'Hub 2 - Priya Nair', 'Priya', 'Nair'],
    ['N10', 'Priya Nair/Omar Said', 'Priya', 'Nair'],
    ['N11', 'Stafford Young 3', null, 'Staf'],
    ['N12', 'Omar-', null, 'Omar-'],
    ['N13', 'Pending', 'Pending', 'Pending'],
    ['N13', 'pending', null, 'pending'],
    ['N13', 'Pendings', null, 'Pendings'],
    ['N14', 'Dr. Omar Said ', 'Omar', 'Said'],
    ['N15', 'OMAR SAID', null, 'OMAR SAID'],
  ])('%s: reads %j', (_, text, first, last) => {
    expect(parsePersonName(text)).toEqual({ first, last });
  });
});
