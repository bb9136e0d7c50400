"""One target under atheris: ``python -m tests.fuzz.guided TARGET [options of libFuzzer]``. It ends with the process."""

import sys

import atheris

with atheris.instrument_imports(include=["schemas", "streams", "api.auth.tokens", "tests.fuzz.messages"]):
    from tests.fuzz.targets import TARGETS

atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()
