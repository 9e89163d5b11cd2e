/**
 * The path below which the API serves this page: "" or "/millrace". Read from the address of this script, which is in
 * the folder `assets` there: the page is at any depth.
 */
export const BASE_PATH = import.meta.env.PROD ? new URL('..', import.meta.url).pathname.slice(0, -1) : '';
