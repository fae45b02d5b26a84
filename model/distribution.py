"""Distributions without SciPy: normal, lognormal by mean and spread, mixtures, rounded-up billing.

All functions broadcast. Times in s. Accuracy is stated with each function and held by tests.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from model.fields import Number

Array = NDArray[np.float64]

# Chebyshev fit of log(erfc) (Press et al., Numerical Recipes 2nd ed., 6.2), lowest order first.
_ERFC = np.array(
    [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806]
    + [0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277]
)
# Rational fits of the normal quantile (P. J. Acklam, 2003), highest order first: centre and tail.
_CENTRE_TOP = np.array(
    [-39.69683028665376, 220.9460984245205, -275.9285104469687]
    + [138.3577518672690, -30.66479806614716, 2.506628277459239]
)
_CENTRE_BOTTOM = np.array(
    [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0]
)
_TAIL_TOP = np.array(
    [-0.007784894002430293, -0.3223964580411365, -2.400758277161838]
    + [-2.549732539343734, 4.374664141464968, 2.938163982698783]
)
_TAIL_BOTTOM = np.array([0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0])
_TAIL_FROM = 0.02425
_SMALLEST = 1e-300
_BILLED_TERMS = 64


def normal_cdf(z: Number) -> Array:
    """P(Z <= z) of the standard normal.

    Args: z: any shape, any finite or infinite value.
    Returns: 0…1, same shape; relative error below 2e-7 in either tail.
    Source: Numerical Recipes, 2nd ed., section 6.2 (complementary error function).
    """
    x = np.abs(np.clip(z, -38.0, 38.0)) / np.sqrt(2.0)
    t = 1 / (1 + 0.5 * x)
    tail = 0.5 * t * np.exp(-x * x + _polynomial(_ERFC[::-1], t))
    return np.asarray(np.where(np.asarray(z) > 0, 1 - tail, tail))


def normal_quantile(p: Number) -> Array:
    """z with P(Z <= z) = p.

    Args: p: 0…1 (the ends give about ±38), any shape.
    Returns: same shape; relative error below 1.2e-9 for p in 1e-300…1 - 1e-16.
    Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function", 2003.
    """
    p = np.clip(np.asarray(p, dtype=np.float64), _SMALLEST, 1 - 2**-53)
    centred = p - 0.5
    square = centred * centred
    centre = _polynomial(_CENTRE_TOP, square) * centred / _polynomial(_CENTRE_BOTTOM, square)
    q = np.sqrt(-2 * np.log(np.minimum(p, 1 - p)))
    tail = np.where(centred > 0, -1.0, 1.0) * _polynomial(_TAIL_TOP, q) / _polynomial(_TAIL_BOTTOM, q)
    return np.asarray(np.where(np.minimum(p, 1 - p) < _TAIL_FROM, tail, centre))


def lognormal_log(mean_s: Number, cv: Number) -> tuple[Array, Array]:
    """Mean and standard deviation of log X for a lognormal X.

    Args: mean_s: mean of X, > 0; cv: standard deviation / mean, >= 0.
    """
    variance = np.log1p(np.square(np.asarray(cv, dtype=np.float64)))
    return np.asarray(np.log(mean_s) - variance / 2), np.sqrt(variance)


def lognormal_survival(t_s: Number, mean_s: Number, cv: Number) -> Array:
    """P(X > t) of a lognormal; cv = 0 is a point at the mean.

    Args: t_s: any sign; mean_s > 0; cv >= 0; all broadcast.
    """
    log_mean, log_sd = lognormal_log(mean_s, cv)
    return _survival(np.asarray(t_s, dtype=np.float64), np.asarray(mean_s), log_mean, log_sd)


def _survival(t_s: Array, mean_s: Array, log_mean: Array, log_sd: Array) -> Array:
    distance = np.log(np.maximum(t_s, _SMALLEST)) - log_mean
    spread = normal_cdf(-distance / np.where(log_sd > 0, log_sd, 1.0))
    return np.where(log_sd > 0, spread, (t_s < mean_s) * 1.0)


def lognormal_quantile(p: Number, mean_s: Number, cv: Number) -> Array:
    """t with P(X <= t) = p of a lognormal."""
    log_mean, log_sd = lognormal_log(mean_s, cv)
    return np.asarray(np.exp(log_mean + log_sd * normal_quantile(p)))


def lognormal_limited_mean(limit_s: Number, mean_s: Number, cv: Number) -> Array:
    """E[min(X, limit)] of a lognormal, 0 for a limit below 0.

    Source: partial expectation of the lognormal; the "limited expected value" of loss theory.
    """
    log_mean, log_sd = lognormal_log(mean_s, cv)
    limit_s = np.maximum(limit_s, 0.0)
    distance = np.log(np.maximum(limit_s, _SMALLEST)) - log_mean
    below = normal_cdf(distance / np.where(log_sd > 0, log_sd, 1.0) - log_sd)
    spread = mean_s * below + limit_s * _survival(limit_s, np.asarray(mean_s), log_mean, log_sd)
    return np.asarray(np.where(log_sd > 0, spread, np.minimum(mean_s, limit_s)))


def mixture_survival(t_s: Number, shift_s: Number, weight: Number, mean_s: Number, cv: Number) -> Array:
    """P(D + X > t): X lognormal, D one of the shifts with its weight.

    Args: t_s: shape S; shift_s, weight: shape S + (atoms,), weights sum to 1; mean_s, cv: shape S.
    Returns: shape S, exact.
    """
    over = lognormal_survival(
        np.asarray(t_s)[..., None] - shift_s, np.asarray(mean_s)[..., None], np.asarray(cv)[..., None]
    )
    return np.asarray(np.sum(weight * over, axis=-1))


def percentile(
    survival: Callable[[Array], Array], p: float, low_s: Number, high_s: Number, steps: int = 48
) -> Array:
    """Smallest t with survival(t) <= 1 - p, by bisection on log t.

    Args: survival: falling function of t, one value per element; low_s, high_s > 0: where to look.
    Returns: shape of low_s and high_s, within (high/low)^(2^-steps); an end if the answer lies outside.
    """
    low, high = np.log(np.broadcast_arrays(np.asarray(low_s, np.float64), np.asarray(high_s, np.float64)))
    for _ in range(steps):
        middle = (low + high) / 2
        above = survival(np.exp(middle)) > 1 - p
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(np.exp(high))


def billed_mean_s(mean_s: Number, cv: Number, granularity_s: float) -> Number:
    """Mean of a lognormal time after every single time is rounded up to the billing granularity.

    Args: mean_s > 0; cv >= 0; granularity_s > 0, s.
    Returns: s, broadcast shape; exact for cv = 0, else within 1e-4 of the mean.
    Source: METHOD.md "Billing of single requests": E[ceil(X)] = sum over k >= 0 of P(X > k); far terms by
        Euler–Maclaurin.
    """
    mean, cv = np.broadcast_arrays(np.asarray(mean_s, np.float64) / granularity_s, np.asarray(cv, np.float64))
    log_mean, log_sd = lognormal_log(mean, cv)
    first = np.floor(np.exp(log_mean - 6 * log_sd))  # below it every k is exceeded
    k = first[..., None] + np.arange(_BILLED_TERMS, dtype=np.float64)
    near = lognormal_survival(k, mean[..., None], cv[..., None]).sum(axis=-1)
    end = first + _BILLED_TERMS
    far = mean - lognormal_limited_mean(end, mean, cv) + lognormal_survival(end, mean, cv) / 2
    whole = np.ceil(mean * (1 - 1e-12))  # 0.2 s / 1 ms is 200, whatever binary fractions say
    units = np.where(log_sd > 0, first + near + np.maximum(far, 0), whole)
    return np.asarray(units * granularity_s)


def _polynomial(coefficients: Array, x: Array) -> Array:
    """Horner, highest order first."""
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total
