/** Times of the API (RFC 3339, UTC) as a person reads them: in their own zone, in one form on the whole page. */
const DAY = new Intl.DateTimeFormat("en", { year: "numeric", month: "short", day: "numeric" });
const TIME = new Intl.DateTimeFormat("en", {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

export function showDay(time: string): string {
  return DAY.format(new Date(time));
}

export function showTime(time: string): string {
  return TIME.format(new Date(time));
}
