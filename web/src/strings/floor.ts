/** What the floor view says. */
export const floorText = {};
