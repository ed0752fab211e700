/** The product's version, as every interface of it shows. A test keeps it equal to package.json. */
export const VERSION = '0.1.0';
