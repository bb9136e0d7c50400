/** What the account view says. */
export const accountText = {};
