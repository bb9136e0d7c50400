"""Settings of the processes, by environment variables ``BIOME_…``. ``biome settings`` lists them.

The market's own numbers (fee, pool, caps) are NOT here to be changed: they are inputs of the market, and the variables
``BIOME_GENESIS_…`` only seed an empty log (design section 3).
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """Every setting of every process, with its default and what it means."""

    model_config = SettingsConfigDict(env_prefix="BIOME_", extra="ignore", env_ignore_empty=True)

    data_dir: Path = Field(
        Path(".biome"), description="Where `biome up` keeps Kafka's and PostgreSQL's data, logs and secrets."
    )
    cache_dir: Path = Field(
        Path(".cache"), description="Where `biome up` keeps what it downloaded and built (Kafka's jars)."
    )

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="host:port of Kafka brokers, comma separated.")
    kafka_port: int = Field(9092, ge=1, le=65_535, description="Port of the Kafka that `biome up` starts.")
    kafka_controller_port: int = Field(9093, ge=1, le=65_535, description="Port of its KRaft controller.")
    brokers: int = Field(
        1,
        ge=1,
        le=5,
        description="Kafka brokers that `biome up` runs, each on the second port after that of the one before. A market keeps"
        " the number that it began with.",
    )
    kafka_replication: int = Field(1, ge=1, le=32_767, description="Replication factor of the topics that are created.")

    database_url: SecretStr = Field(
        SecretStr("postgresql://biome@127.0.0.1:5433/biome"), description="PostgreSQL, as a libpq URL."
    )
    postgres_port: int = Field(5433, ge=1, le=65_535, description="Port of the PostgreSQL that `biome up` starts.")
    database_pool: int = Field(10, ge=1, le=1_000, description="Connections of the API to PostgreSQL at most.")

    api_host: str = Field("127.0.0.1", description="Address that the API listens on.")
    api_port: int = Field(8000, ge=1, le=65_535, description="Port of the API and the page.")
    jwt_secret: SecretStr | None = Field(
        None,
        description="Key that signs access tokens, 32 bytes or more. `biome up` makes one and keeps it in the data folder.",
    )
    admin_key: SecretStr | None = Field(
        None, description="An admin's API key, for `biome admin` on a machine that does not have the secret."
    )
    jwt_hours: int = Field(24, ge=1, le=24 * 365, description="Hours that an access token is valid.")
    cookie_secure: bool = Field(
        default=False, description="Send the page's cookie over HTTPS only. Turn it on behind TLS."
    )
    starting_grant_bdt: str = Field("10000", description="BDT that a new account is opened with, a decimal string.")
    registrations_per_hour: int = Field(
        20,
        ge=1,
        le=1_000_000,
        description="Registrations from one address an hour: each is a grant. Held in PostgreSQL.",
    )
    requests_per_minute_address: int = Field(
        6_000, ge=1, le=1_000_000, description="HTTP requests from one address a minute, in each API process."
    )
    requests_per_minute_caller: int = Field(
        1_200, ge=1, le=1_000_000, description="HTTP requests of one player, or of one API key, a minute, likewise."
    )
    streams_per_player: int = Field(
        20, ge=1, le=100_000, description="Open live streams of one player, in each API process: tabs and programs."
    )
    streams_per_address: int = Field(
        200,
        ge=1,
        le=100_000,
        description="Open live streams from one address, signed in or not, likewise: a school or an office behind one address.",
    )
    limits_exempt: str = Field(
        "127.0.0.0/8,::1/128",
        description="Networks, comma separated, for which the limits by address do not hold. none: they hold for all.",
    )
    metrics_networks: str = Field(
        "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
        description="Networks, comma separated, that may read the metrics: this machine and private ones. none: nobody."
        " 0.0.0.0/0,::/0: everyone.",
    )
    cors_origins: str = Field(
        "none",
        description="Other origins whose pages may use the API with a token, comma separated, such as https://game.example."
        " *: any. The cookie is for the API's own page alone.",
    )
    orders_wait_seconds: float = Field(
        15.0, gt=0, le=60, description="Longest that `wait=fill` waits for an order's outcome."
    )
    page_dir: Path = Field(Path("web/dist"), description="The built page that the API serves at /.")

    attention_shards: int = Field(4, ge=1, le=1_024, description="Partitions of attention.pings.")
    attention_cap: int = Field(10, ge=1, le=1_000_000, description="Points of attention a player and window at most.")
    window_ms: int = Field(
        500,
        ge=100,
        le=60_000,
        description="Length of attention's windows, for the life of a market: workers and auditor refuse to start with another."
        " It seeds the time between two ticks as well, which `biome admin set` changes.",
    )
    worker_id: str = Field(
        "0",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Static member id of a worker: unique among the workers of one kind.",
    )

    attention_workers: int = Field(
        1, ge=1, le=16, description="Attention workers that `biome up` runs; the shards are dealt out among them."
    )
    market_workers: int = Field(
        1, ge=1, le=16, description="Market workers that `biome up` runs: one works, each further one is a standby."
    )
    api_replicas: int = Field(
        1, ge=1, le=16, description="API processes that `biome up` runs, on BIOME_API_PORT and the ports after it."
    )

    audit_snapshot_ticks: int = Field(
        1_200, ge=1, le=1_000_000, description="Ticks between two snapshots of the auditor: ten minutes of them."
    )

    auditor: bool = Field(
        default=True,
        description="Let `biome up` run the auditor, which folds the log beside the market and halts it when they differ.",
    )

    genesis_cash_bdt: str = Field(
        "1000000", description="BDT in each biome's market at genesis. Seeds an empty log only."
    )
    genesis_treasury_shares: str = Field(
        "10000", description="Treasury shares of each biome at genesis. Seeds an empty log only."
    )
    genesis_attention_stale_ms: int = Field(
        2_000,
        ge=500,
        le=3_600_000,
        description="How far attention may be behind a tick that fills orders, at genesis. Seeds an empty log only.",
    )

    log_format: Literal["auto", "json", "readable"] = Field(
        "auto", description="auto: readable on a terminal, else JSON."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    bots: int = Field(
        5,
        ge=0,
        le=10_000,
        description="Players that `biome up` plays, so that a newcomer sees a living market. 0: none.",
    )


def load_environment() -> Environment:
    """The settings as the environment gives them. Raises pydantic.ValidationError for a wrong one."""
    return Environment()
