/** What the biome view says. */
export const biomeText = {};
