"""The one place that builds and joins things. Surfaces talk to it and to nothing below."""

from syncd.app.application import App
from syncd.app.deliveries import Pass, RunReport, Told

__all__ = ["App", "Pass", "RunReport", "Told"]
