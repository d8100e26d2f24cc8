"""Demand: call rates by area and hour of the week, learnt from recorded calls."""

from jingwu.engines.response.demand.backtest import BackTest, LevelScore, back_test
from jingwu.engines.response.demand.counts import (
    negative_binomial_cdf,
    negative_binomial_quantile,
    pinball_loss,
    poisson_deviance,
)
from jingwu.engines.response.demand.fit import CallHistory, DemandFit, Forecast, fit, forecast, without_gaps
from jingwu.engines.response.demand.surges import Expected, Judged, Window, expected_over, judge, upper_tail

__all__ = [
    "BackTest",
    "CallHistory",
    "DemandFit",
    "Expected",
    "Forecast",
    "Judged",
    "LevelScore",
    "Window",
    "back_test",
    "expected_over",
    "fit",
    "forecast",
    "judge",
    "negative_binomial_cdf",
    "negative_binomial_quantile",
    "pinball_loss",
    "poisson_deviance",
    "upper_tail",
    "without_gaps",
]
