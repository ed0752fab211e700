/** What everything that writes to the warehouse names, as a queue lock and as an advisory lock of its transaction. */
export const WAREHOUSE_RESOURCE = 'warehouse:default';
