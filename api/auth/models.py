"""Registration and login as HTTP takes and gives them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

USERNAME_PATTERN = r"^[A-Za-z0-9_-]{3,32}$"


class Credentials(BaseModel):
    """At login: whatever was typed."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=32)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=128)]


class NewUser(BaseModel):
    """At registration: what a name and a password have to be."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(pattern=USERNAME_PATTERN)]
    password: Annotated[SecretStr, Field(min_length=8, max_length=128)]


class Player(BaseModel):
    id: str
    username: str


class Me(Player):
    account: Annotated[str, Field(pattern="^(open|pending)$", description="`pending` until the market opened it.")]


class Token(BaseModel):
    """An access token. Pages need not keep it: the same token is set as an HttpOnly cookie."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme's name, not a secret
    expires_in: int = Field(description="Seconds.")
    player: Player
