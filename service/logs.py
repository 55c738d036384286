"""How this service logs: one JSON object a line on standard error, our own events and the libraries' alike."""

import logging
import logging.config
import sys
from typing import Any

import structlog

_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


def log_config(level: str) -> dict[str, Any]:
    """Give the dictionary for `logging.config` and for uvicorn, whose child processes read it anew."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": json_formatter, "level": level}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "uvicorn.access": {"handlers": [], "propagate": False},  # its addresses hold one-use links
            "httpx2": {"level": "WARNING"},
        },
    }


def configure(level: str) -> None:
    """Set up this process."""
    logging.config.dictConfig(log_config(level))


def json_formatter(level: str) -> logging.Formatter:
    """Set up structlog too, and give the formatter of the libraries' lines."""
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
