"""The catalogue of forecasters, as each describes itself."""

from __future__ import annotations

import inspect
import sys

from docs.pages.markdown import table
from peelian.forecast.models import catalogue
from peelian.forecast.models.base import Forecaster

INTRODUCTION = """# Models

Every forecaster sees the same thing, daily counts per cell up to a cutoff, and gives a risk surface with a central
90 % predictive interval. `plain-counts` is the baseline that stands beside every figure. A model whose scale is `none`
cannot say exactly what its numbers are made of; it is shown in comparisons, and no plan can be made from it.
"""


def page() -> str:
    parts = [_model(name, factory()) for name, factory in catalogue().items()]
    return INTRODUCTION + "\n" + "\n\n".join(parts) + "\n"


def _model(name: str, forecaster: Forecaster) -> str:
    model = forecaster.model
    said = inspect.getdoc(sys.modules[type(forecaster).__module__]) or ""
    rows = [(f"`{parameter}`", value) for parameter, value in model.parameters]
    return f"## `{name}`, version {model.version}\n\n{said}\n\n{table(('parameter', 'value'), rows)}"
