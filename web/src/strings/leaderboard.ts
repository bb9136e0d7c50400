/** What the leaderboard view says. */
export const leaderboardText = {};
