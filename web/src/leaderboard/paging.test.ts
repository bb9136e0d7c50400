import { expect, test } from "vitest";
import { beforePage, pageOf, pagesOf, PLACES_A_PAGE } from "./paging";

test("a place is on the page that begins before it", () => {
  for (const place of [1, PLACES_A_PAGE, PLACES_A_PAGE + 1, 10 * PLACES_A_PAGE]) {
    const after = beforePage(pageOf(place));
    expect(place > after && place <= after + PLACES_A_PAGE).toBe(true);
  }
});

test("there is a page even when nobody plays", () => {
  expect([0, 1, PLACES_A_PAGE, PLACES_A_PAGE + 1].map(pagesOf)).toEqual([1, 1, 1, 2]);
});
