"""`biome admin`: the API's admin routes, with an operator's own token.

Whoever has the secret that signs tokens runs the market; that is the operator on the machine of `biome up`, who needs nothing
else. From elsewhere an admin's API key does the same.
"""

import getpass
import sys
from collections.abc import Mapping
from typing import Any, Final

import httpx

from api.auth.tokens import operator_token
from ops.process import StartupProblem
from schemas.environment import Environment

ANSWER_SECONDS: Final = 20.0
"""Longer than the API waits for a tick."""


class Administration:
    """Asks the API, as an admin."""

    def __init__(self, environment: Environment, *, url: str) -> None:
        self._url = url
        self._credential = _credential(environment)

    def ask(self, method: str, path: str, *, key: str | None = None, **body: Any) -> dict[str, Any]:
        """What the API answers.

        Raises:
            StartupProblem: it refuses, or cannot be reached.
        """
        headers = {"Authorization": f"Bearer {self._credential}"} | ({} if key is None else {"Idempotency-Key": key})
        try:
            answer = httpx.request(
                method,
                f"{self._url}/api/v1/admin/{path}",
                headers=headers,
                json=body if method != "GET" else None,
                params=_without_nothing(body) if method == "GET" else None,
                timeout=ANSWER_SECONDS,
            )
        except httpx.TransportError as fault:
            raise StartupProblem(
                f"The API does not answer at {self._url} ({fault}). Start it, or name another one with --url."
            ) from fault
        if answer.is_success:
            document: dict[str, Any] = answer.json()
            return document
        raise StartupProblem(_refusal(answer))


def show(document: Mapping[str, Any]) -> None:
    """Print a document, a line a fact."""
    for name, value in document.items():
        if isinstance(value, Mapping):
            sys.stdout.write(f"{name}:\n" + "".join(f"    {key}: {_shown(one)}\n" for key, one in value.items()))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            sys.stdout.write(f"{name}:\n" + "".join(f"  - {line_of(one)}\n" for one in value))
        else:
            sys.stdout.write(f"{name}: {_shown(value)}\n")


def show_lines(items: list[dict[str, Any]]) -> None:
    """Print a list, a line an entry."""
    sys.stdout.write("".join(f"{line_of(item)}\n" for item in items) or "None.\n")


def line_of(item: Mapping[str, Any]) -> str:
    """An entry of a list: its facts that say something."""
    return "  ".join(
        f"{name}={_shown(value)}"
        for name, value in item.items()
        if value is not None and not isinstance(value, Mapping)
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    return "none" if value is None else str(value)


def _without_nothing(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def _refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        sentences = [f"{problem['detail']} ({problem['code']})"]
        sentences += [f"  {error['field']}: {error['message']}" for error in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError):
        return f"Not an answer of the API: status {answer.status_code}. Is --url right?"
    return "\n".join(sentences)


def _credential(environment: Environment) -> str:
    """An admin's key if one is named, else a token by the secret of this machine's market."""
    if environment.admin_key is not None:
        return environment.admin_key.get_secret_value()
    kept = environment.data_dir / "jwt-secret"
    if environment.jwt_secret is not None:
        secret = environment.jwt_secret.get_secret_value()
    elif kept.exists():
        secret = kept.read_text().strip()
    else:
        raise StartupProblem(
            f"Nothing here shows that you may administer: there is no market in {environment.data_dir.absolute()}."
            " Name its folder with BIOME_DATA_DIR, or give an admin's API key with BIOME_ADMIN_KEY."
        )
    return operator_token(secret, name=_operator())


def _operator() -> str:
    """Who is recorded as having done it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        return "unknown"
