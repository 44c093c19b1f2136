"""The ways a finished mail leaves the house, one file each: the only part of `alerts` with side effects."""

from __future__ import annotations

from alerts.channels.base import Channel, Misconfigured, Unavailable

__all__ = ["Channel", "Misconfigured", "Unavailable"]
