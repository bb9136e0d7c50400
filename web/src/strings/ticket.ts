/** What the ticket view says. */
export const ticketText = {};
