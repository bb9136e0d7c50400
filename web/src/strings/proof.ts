/** What the proof view says. */
export const proofText = {};
