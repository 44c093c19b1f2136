"""Who lets inputs fall idle sooner than a dead worker is missed is told so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from streams.settings import Settings
from streams.worker import warn_of_idleness


@pytest.mark.parametrize(("seconds", "told"), [(10, True), (11, False)])
def test_an_idleness_within_the_session_timeout_is_warned_of(seconds: int, *, told: bool) -> None:
    with capture_logs() as said:
        warn_of_idleness(
            Settings(idle_after=timedelta(seconds=seconds), session_timeout=timedelta(seconds=10))
        )
    assert [each["idle_after"] for each in said] == ([float(seconds)] if told else [])
