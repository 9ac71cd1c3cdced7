"""Options of the test suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="write what the recorded sessions now print into their files"
    )


def pytest_make_parametrize_id(val: object) -> str | None:
    """A value with a `test_id` goes by it as it stands: of an id that is only given, pytest makes \\u30a2\\u30eb."""
    return getattr(val, "test_id", None)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the user's soroe has found is not for tests, nor the other way round."""
    monkeypatch.setenv("SOROE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "soroe-cache"))


@pytest.fixture(autouse=True)
def _without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build servers like to set FORCE_COLOR; what is recorded here is without."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lint says goes by the locale; what is recorded here is English."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
