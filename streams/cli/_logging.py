"""Logging of every process: structlog on stderr, one line per event, as text for people or as JSON."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from streams.cli._text import one_line, safe

# At `info` these tell each fetch and heartbeat.
CHATTY = ("aiokafka", "faust", "mode", "aiosmtpd", "asyncio", "mail.log")
# It logs every failed attempt as an error while it retries; what fails for good reaches us as an exception.
SILENT = ("kafka",)


def set_up(level: str, *, as_json: bool) -> None:
    """Send our events and the libraries' log records through the same renderer to stderr.

    Args:
        level: debug, info, warning or error.
        as_json: one JSON object a line instead of text for people.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, escape]
    if as_json:
        last.append(structlog.processors.JSONRenderer())
    else:
        last.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    quiet = {**dict.fromkeys(CHATTY, logging.ERROR), **dict.fromkeys(SILENT, logging.CRITICAL)}
    for name, least in quiet.items():
        logging.getLogger(name).setLevel(threshold if threshold == logging.DEBUG else least)


def escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Nothing from outside reaches a terminal or a log line raw; a traceback keeps its line breaks."""
    return {
        key: (safe(value) if key == "exception" else one_line(value)) if isinstance(value, str) else value
        for key, value in event.items()
    }
