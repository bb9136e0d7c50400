/** What the portfolio view says. */
export const portfolioText = {};
