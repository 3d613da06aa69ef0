"""The time: the machine's, or the machine's moved forward."""

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that may


class MovableClock:
    """A clock somebody moves by hand: for the demo and the tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment it was last moved to."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Move forward; time does not run back."""
        self._now = max(self._now, moment)

    def move(self, step: timedelta) -> None:
        """Move forward by ``step``."""
        self.move_to(self._now + step)
