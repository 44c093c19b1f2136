"""A chart as a small PNG: what came against what was expected, with the range that would have been usual.

It is drawn on nothing, in tones that stand out from white and from black, as nobody knows on which of them a
mail program shows it. It holds no text from outside: titles and units stand in the mail around it.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from io import BytesIO
from typing import Any

from alerts.timeline import utc
from schemas.shown import Chart

LARGEST = 40 * 1024
"""Bytes of a PNG, at most."""
WIDTH, HEIGHT = 544, 190
"""In the mail, CSS pixels; the picture has more of them for sharp screens."""

TONES = "blue is what came, dashes what was expected, grey the usual range, and red what lies outside of it"
"""How to read it, in words."""

_INCHES = 100  # CSS pixels an inch, so that fonts keep their size
_SHARPNESS = 2
_COLOURS = 48  # enough for the tones and their edges; the busiest chart of 400 points then takes 30 KiB
_ACTUAL, _EXPECTED, _WORDS, _OUTSIDE = "#3d7fd6", "#8a93a0", "#7b8694", "#d9534a"
_FEW = 60
_KEPT = 1_000  # a batch of alerts in two zones; 10 MB, since most take 10 KiB


@lru_cache(maxsize=_KEPT)
def png(chart: Chart, zone: tzinfo) -> bytes:
    """Draw a chart; the same bytes each time, at most `LARGEST`. The newest ones are not drawn again.

    Args:
        chart: what to draw.
        zone: whose clock the time axis shows.
    """
    # Half a second to import, and only who draws needs it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    figure = Figure(figsize=(WIDTH / _INCHES, HEIGHT / _INCHES), dpi=_INCHES * _SHARPNESS)
    canvas: Any = FigureCanvasAgg(figure)
    figure.patch.set_alpha(0.0)
    axes = figure.add_axes((0.1, 0.17, 0.885, 0.79))
    axes.patch.set_alpha(0.0)
    _curves(axes, chart)
    _axis(axes, zone)
    canvas.draw()
    width, height = canvas.get_width_height()
    picture = Image.frombuffer("RGBA", (width, height), bytes(canvas.buffer_rgba()), "raw", "RGBA", 0, 1)
    out = BytesIO()
    few = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _curves(axes: Any, chart: Chart) -> None:
    times = [utc(at) for at in chart.times]
    actual, expected, lower, upper = (
        [float("nan") if value is None else value for value in values] or [float("nan")] * len(times)
        for values in (chart.actual, chart.expected, chart.lower, chart.upper)
    )
    axes.fill_between(times, lower, upper, color=_EXPECTED, alpha=0.28, linewidth=0)
    axes.plot(times, expected, color=_EXPECTED, linewidth=1.2, linestyle=(0, (4, 2.5)))
    marker = "o" if len(times) <= _FEW else ""
    axes.plot(times, actual, color=_ACTUAL, linewidth=1.7, marker=marker, markersize=2.6)
    # Not a number is neither below nor above.
    outside = [
        (at, value)
        for at, value, low, high in zip(times, actual, lower, upper, strict=True)
        if value < low or value > high
    ]
    if outside:
        axes.plot(*zip(*outside, strict=True), color=_OUTSIDE, linewidth=0, marker="o", markersize=4.2)


def _axis(axes: Any, zone: tzinfo) -> None:
    import matplotlib.dates  # noqa: PLC0415 - as above
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 - as above

    dates: Any = matplotlib.dates
    locator = dates.AutoDateLocator(tz=zone, minticks=3, maxticks=6)
    formatter = dates.ConciseDateFormatter(locator, tz=zone, show_offset=False)
    formatter.formats[2] = formatter.zero_formats[2] = "%-d %b"
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.tick_params(labelsize=10.5, colors=_WORDS, length=0, pad=5)
    axes.grid(axis="y", color=_EXPECTED, alpha=0.3, linewidth=0.7)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.margins(x=0.015, y=0.12)


_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"))


def short(value: float) -> str:
    """A value in few characters.

    >>> short(1234.0), short(12_500.0), short(-2e6), short(0.25), short(3.0)
    ('1234', '12.5k', '-2M', '0.25', '3')
    """
    for step, letter in _STEPS:
        if abs(value) >= step:
            size = 1e3 if letter == "k" else step
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"
