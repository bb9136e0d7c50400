"""What can go wrong, as exceptions. ``ProblemError.code`` never changes: programs may rely on it."""

import httpx
import msgspec

from client.models import Order


class FieldProblem(msgspec.Struct, frozen=True):
    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An RFC 9457 problem document of the API."""

    code: str
    status: int
    title: str
    detail: str
    errors: tuple[FieldProblem, ...] | None = None
    """With code INVALID: the fields at fault."""
    order: Order | None = None
    """With the code of a rejection: the rejected order."""


class BiomeMarketError(Exception):
    """Any failure of a call."""


class ProblemError(BiomeMarketError):
    """The API said no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem

    @property
    def code(self) -> str:
        return self.problem.code


class UnreachableError(BiomeMarketError):
    """The API did not answer, also when it was asked again. An order may have happened or not: placing it again with the
    same client order id is safe.
    """


_problem = msgspec.json.Decoder(Problem)


def problem_of(answer: httpx.Response) -> Problem:
    """The problem document of an answer; one made up of its status when something between answered in the API's place."""
    try:
        return _problem.decode(answer.content)
    except msgspec.MsgspecError:
        return Problem(
            code="UNKNOWN",
            status=answer.status_code,
            title=answer.reason_phrase or "Unknown",
            detail=f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}, and not by the API.",
        )
