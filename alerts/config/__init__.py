"""Reads `tocsin.yaml`: who gets which alerts, and how the rules are set.

All that is wrong is told at once, each problem with its line and what to write instead.
"""

from __future__ import annotations

from alerts.config.choice import Choice, choices
from alerts.config.load import load
from alerts.config.models import Analyst, Config, Subscription
from alerts.config.problems import ConfigError, Problem
from alerts.config.schedule import Schedule

__all__ = [
    "Analyst",
    "Choice",
    "Config",
    "ConfigError",
    "Problem",
    "Schedule",
    "Subscription",
    "choices",
    "load",
]
