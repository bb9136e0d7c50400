/** Pages of the leaderboard. Every place is taken once, so a place tells its page. */
export const PLACES_A_PAGE = 25;

export function pageOf(place: number): number {
  return Math.max(1, Math.ceil(place / PLACES_A_PAGE));
}

export function pagesOf(players: number): number {
  return pageOf(players);
}

/** The place after which a page begins. */
export function beforePage(page: number): number {
  return (page - 1) * PLACES_A_PAGE;
}
