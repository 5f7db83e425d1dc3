r"""How sure a counted rate is."""

from __future__ import annotations

import math

from cnnspec.arguments import integer

NORMAL_QUANTILE = 1.959963984540054
"""How many standard deviations hold 95 percent of a normal distribution."""


def wilson_interval(hits: int, count: int, z: float = NORMAL_QUANTILE) -> tuple[float, float]:
    r"""Where the true rate may lie when `hits` of `count` examples were right: Wilson's score interval.

    $$ \frac{1}{1 + z^2/n} \left( \hat p + \frac{z^2}{2n}
    \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4n^2}} \right) $$

    Args:
        hits: How many were right.
        count: How many there were, n.
        z: How many standard deviations; the default is for 95 percent.

    Returns:
        The lower and the upper end.

    Raises:
        TypeError: If the counts are not whole numbers.
        ValueError: If there are more hits than examples.

    Source:
        Wilson (1927), Probable inference, the law of succession, and statistical inference. On why not the simpler one:
        Brown, Cai & DasGupta (2001).
    """
    hits, n = integer(hits, "hits", least=0), integer(count, "count", least=1)
    if hits > n:
        raise ValueError(f"hits must be at most count, but {hits} of {n} came.")
    p = hits / n
    middle, reach = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)
