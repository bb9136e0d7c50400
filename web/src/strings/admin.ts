/** What the admin view says. */
export const adminText = {};
