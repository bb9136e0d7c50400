"""Registration and login as HTTP takes and gives them."""

from datetime import datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from api.auth.rights import Scope
from api.times import MomentIn

USERNAME_PATTERN = r"^[A-Za-z0-9_-]{3,32}$"


def _unicode(password: SecretStr) -> SecretStr:
    """JSON can write half of a surrogate pair, which is no character and has no bytes to hash."""
    try:
        password.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("A password is Unicode text.") from None
    return password


Password: TypeAlias = Annotated[SecretStr, AfterValidator(_unicode)]


class Credentials(BaseModel):
    """At login: whatever was typed."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=32)]
    password: Annotated[Password, Field(min_length=1, max_length=128)]


class NewUser(BaseModel):
    """At registration: what a name and a password have to be."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(pattern=USERNAME_PATTERN)]
    password: Annotated[Password, Field(min_length=8, max_length=128)]


class Player(BaseModel):
    id: str
    username: str


class Me(Player):
    account: Annotated[str, Field(pattern="^(open|pending)$", description="`pending` until the market opened it.")]
    scopes: list[Scope] = Field(description="What this token or key may be used for. Admins have `admin`.")


class Token(BaseModel):
    """An access token. Pages need not keep it: the same token is set as an HttpOnly cookie."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme's name, not a secret
    expires_in: int = Field(description="Seconds.")
    player: Player


class PasswordChange(BaseModel):
    """A new password. All access tokens end with the old one; keys too, if it may be that others made some."""

    model_config = ConfigDict(extra="forbid")

    current_password: Annotated[Password, Field(min_length=1, max_length=128)]
    new_password: Annotated[Password, Field(min_length=8, max_length=128)]
    revoke_keys: bool = Field(default=False, strict=True, description="Revoke all API keys as well.")


class NewKey(BaseModel):
    """An API key to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[ -~]{1,64}$", description="What it is for, for you to recognise it.")]
    scopes: Annotated[
        list[Scope], Field(min_length=1, max_length=10, description="What it may be used for; none includes another.")
    ]
    expires_at: MomentIn | None = Field(None, description="When it ends by itself; null: when it is revoked.")


class Key(BaseModel):
    """An API key as it is listed: without the key itself, which nobody can show again."""

    id: str
    name: str
    prefix: str = Field(description="How the key begins.")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")


class MadeKey(Key):
    """A new API key, with the key: keep it now, it is not shown again."""

    key: str = Field(description="Send it as `Authorization: Bearer bmk_…`.")


class Keys(BaseModel):
    keys: list[Key]
