"""Demand: call rates by area and hour of the week, learnt from recorded calls."""

from jingwu.engines.response.demand.backtest import BackTest, LevelScore, back_test
from jingwu.engines.response.demand.counts import (
    negative_binomial_cdf,
    negative_binomial_quantile,
    pinball_loss,
    poisson_deviance,
)
from jingwu.engines.response.demand.fit import CallHistory, DemandFit, Forecast, fit, forecast, without_gaps

__all__ = [
    "BackTest",
    "CallHistory",
    "DemandFit",
    "Forecast",
    "LevelScore",
    "back_test",
    "fit",
    "forecast",
    "negative_binomial_cdf",
    "negative_binomial_quantile",
    "pinball_loss",
    "poisson_deviance",
    "without_gaps",
]
