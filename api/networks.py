"""Where requests come from: what clients are counted by, and who is not counted."""

import ipaddress
from functools import lru_cache
from typing import TypeAlias

IPV6_NETWORK_BITS = 64
"""What one household is given: within it, a client has as many addresses as it likes."""

MOST_REMEMBERED = 10_000
"""Addresses: reading one takes longer than counting its request."""

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(MOST_REMEMBERED)
def network_of(host: str | None) -> str | None:
    """What clients are counted by: an IPv4 address, or the network of an IPv6 address."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:  # a Unix socket has none
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), IPV6_NETWORK_BITS), strict=False))


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks from a list with commas; "none" is no network.

    Raises:
        ValueError: one of them is not a network.
    """
    if text.strip() == "none":
        return ()
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))


@lru_cache(MOST_REMEMBERED)
def is_within(host: str | None, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of the networks. What has no address (a Unix socket) is in none."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
