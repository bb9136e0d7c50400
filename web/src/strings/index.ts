/** Every English sentence of the page is in this folder, a file a view, ready for translation. */
export { BIOME_NAMES, CURRENCY, text } from "./common";
export { accountText } from "./account";
export { adminText } from "./admin";
export { biomeText } from "./biome";
export { floorText } from "./floor";
export { leaderboardText } from "./leaderboard";
export { portfolioText } from "./portfolio";
export { proofText } from "./proof";
export { FAULTS, REJECTIONS, ticketText } from "./ticket";
