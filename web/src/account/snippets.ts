/** Small programs that work as they stand: the address is this market's, the key the player's new one. */

export const PLACEHOLDER = "YOUR_KEY";

export function curlOrder(origin: string, key: string): string {
  return `curl "${origin}/api/v1/biome-market/buy?wait=fill" \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: first-$(date +%s)" \\
  -d '{"biome": "snow", "amount_bdt": "10.00"}'`;
}

export function curlStream(origin: string, key: string): string {
  return `curl -N "${origin}/api/v1/biome-market/stream" \\
  -H "Authorization: Bearer ${key}"`;
}

export const PYTHON_INSTALL = "pip install httpx httpx-sse msgspec";

export function pythonBot(origin: string, key: string): string {
  return `from decimal import Decimal

from client import BiomeMarket, ProblemError, Tick

with BiomeMarket("${origin}", token="${key}") as market:
    print("cash:", market.portfolio().cash_bdt)
    highest = Decimal(0)
    for event in market.stream():  # a tick every half second, for ever
        if not isinstance(event, Tick):
            continue
        price = event.market("snow").price_bdt
        highest = max(highest, price)
        if price < highest * Decimal("0.99"):  # it fell by 1 %
            try:
                order = market.buy("snow", amount_bdt="10")  # waits for the fill
                print("bought", order.shares, "at", order.price_bdt, "in tick", order.tick)
                break
            except ProblemError as no:
                print(no.code, no.problem.detail)
`;
}
