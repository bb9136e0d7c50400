"""Examples of the OpenAPI document, by the name of what they are examples of. Tests hold each against its schema, and send those of
requests to a real API.
"""

from typing import Any, Final

_PLAYER: Final = {"id": "0b9c3b2e-6a53-4d0e-9a4e-0d7a4c9f1a11", "username": "ann"}
_PENDING: Final = {
    "order_id": "7c1a9c0e-0f3b-5f43-8f0e-2f6d3f1f7f10",
    "client_order_id": "my order 17",
    "biome": "snow",
    "side": "buy",
    "status": "pending",
    "tick": None,
    "shares": None,
    "price_bdt": None,
    "cash_bdt": None,
    "fee_bdt": None,
    "rejection": None,
    "placed_at": "2026-11-25T12:00:00.120000Z",
    "request_id": "b0a7c1f2",
    "ordered": {"amount_bdt": "100.00", "shares": None, "max_pay_bdt": None, "limit_price_bdt": "105.00"},
}
_FILLED: Final = _PENDING | {
    "status": "filled",
    "tick": 1201,
    "shares": "0.987654",
    "price_bdt": "101.25",
    "cash_bdt": "100.00",
    "fee_bdt": "2.00",
}
_SNOW: Final = {
    "biome": "snow",
    "price_bdt": "101.25",
    "market_cash_bdt": "1012500.00",
    "total_shares": "10000.00",
    "attention": 12,
    "change_24h_pct": "1.25",
    "halted": False,
}
_KEY: Final = {
    "id": "5d0c8a52-4d5b-4c1b-8c87-1c2b7d0f3a55",
    "name": "my first bot",
    "prefix": "bmk_4f7a",
    "scopes": ["read", "trade"],
    "created_at": "2026-11-25T12:00:00Z",
    "expires_at": None,
    "last_used_at": None,
}

EXAMPLES: Final[dict[str, list[dict[str, Any]]]] = {
    # What is asked.
    "NewUser": [{"username": "ann", "password": "seven calm biomes"}],
    "Credentials": [{"username": "ann", "password": "seven calm biomes"}],
    "PasswordChange": [
        {"current_password": "seven calm biomes", "new_password": "eight calm biomes", "revoke_keys": True}
    ],
    "NewKey": [{"name": "my first bot", "scopes": ["read", "trade"], "expires_at": "2036-01-31T12:00:00Z"}],
    "Buy": [
        {"biome": "snow", "amount_bdt": "100", "limit_price_bdt": "105", "client_order_id": "my order 17"},
        {"biome": "snow", "shares": "1.5", "max_pay_bdt": "200"},
    ],
    "Sell": [{"biome": "snow", "shares": "0.5", "limit_price_bdt": "99.50"}],
    "Ping": [{"biome": "snow", "points": 3}],
    "Pings": [{"pings": [{"biome": "snow", "points": 2}, {"biome": "ocean", "points": 1}]}],
    "Halt": [{"biome": "snow", "reason": "an avalanche"}, {"reason": "the whole market, for maintenance"}],
    "Reasoned": [{"reason": "newer code understands it"}],
    "OfPlayer": [{"username": "ann", "reason": "as she asked"}],
    "Grant": [{"username": "ann", "amount_bdt": "250.50", "reason": "won the race"}],
    "ChangeOfSettings": [{"settings": {"smallest_buy_bdt": "1", "fee_bp": 200}, "reason": "as it was"}],
    "SetRole": [{"username": "ann", "role": "admin", "reason": "runs the market with us"}],
    # What is answered.
    "Token": [{"access_token": "eyJhbGciOi…", "token_type": "bearer", "expires_in": 43200, "player": _PLAYER}],
    "Me": [_PLAYER | {"account": "open", "scopes": ["read", "trade"]}],
    "MadeKey": [_KEY | {"key": "bmk_4f7a…"}],
    "Key": [_KEY],
    "Market": [_SNOW],
    "Markets": [{"tick": 1201, "closed_at": "2026-11-25T12:00:00.500000Z", "markets": [_SNOW]}],
    "Order": [_PENDING, _FILLED],
    "Transactions": [{"items": [_FILLED], "next": None}],
    "Actions": [
        {
            "items": [
                {
                    "at": "2026-11-25T12:00:00.500000Z",
                    "action": "set_role",
                    "subject": "ann: admin",
                    "by": "operator",
                    "reason": "runs the market with us",
                }
            ],
            "next": "17",
        }
    ],
    "Accepted": [{"accepted": 2}],
    "PriceHistory": [
        {
            "biome": "snow",
            "hours": 1,
            "points": [{"at": "2026-11-25T12:00:00.500000Z", "tick": 1201, "price_bdt": "101.25"}],
        }
    ],
    "Problem": [
        {
            "type": "urn:biome-market:problem:NOT_SIGNED_IN",
            "title": "Not signed in",
            "status": 401,
            "detail": "This needs an access token or an API key: Authorization: Bearer …",
            "code": "NOT_SIGNED_IN",
        }
    ],
}
