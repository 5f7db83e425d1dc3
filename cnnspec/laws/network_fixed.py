r"""What holds of batch normalisation with fixed statistics, the form used after training (Step 5)."""

from __future__ import annotations

import numpy as np

from cnnspec import channels
from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer
from cnnspec.laws.compare import same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import Normalisation, normalisations
from cnnspec.laws.network_norm import moments
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, layers


@law("batchnorm.inference-alone", needs="batch_norm2d_inference", extended=True, case=normalisations())
def with_fixed_statistics_each_example_stands_alone(batch_norm2d_inference: Function, case: Normalisation) -> None:
    r"""With fixed statistics each example is answered as if it were alone.

    $$ \operatorname{BN}(x)_n = \operatorname{BN}(x_n) $$

    Catches: statistics of the batch instead of those that were given.
    Misses: whatever is wrong in each example alike.
    """
    mean, variance = moments(case.x)
    mean, variance = mean + 1, variance * 2
    y = batch_norm2d_inference(case.x, case.gamma, case.beta, mean, variance, **case.options)
    for n in range(len(y)):
        alone = batch_norm2d_inference(case.x[n : n + 1], case.gamma, case.beta, mean, variance, **case.options)
        same(alone, y[n : n + 1])


@law("batchnorm.inference-same", needs="batch_norm2d_inference batch_norm2d", extended=True, case=normalisations())
def given_the_batch_s_own_statistics_both_forms_agree(
    batch_norm2d_inference: Function, batch_norm2d: Function, case: Normalisation
) -> None:
    r"""With the mean and the biased variance of the batch itself, the two forms agree.

    Catches: a deviation instead of a variance, ε in another place, parameters in another order.
    Misses: what is wrong in both forms alike.
    """
    mean, variance = moments(case.x)
    answer = batch_norm2d_inference(case.x, case.gamma, case.beta, mean, variance, **case.options)
    same(answer, batch_norm2d(case.x, case.gamma, case.beta, **case.options))


@law(
    "batchnorm.folds",
    needs="batch_norm2d_inference",
    extended=True,
    case=layers(batch=1, groups=(1, 2), palette="small", longest=5),
    mean=entries((6,)),
    power=entries((6,), palette="ties"),
    gamma=entries((6,), palette="fractions"),
)
def with_fixed_statistics_it_folds_into_the_convolution(
    batch_norm2d_inference: Function, case: Layer, mean: Array, power: Array, gamma: Array
) -> None:
    r"""After a convolution, fixed batch normalisation is the same convolution with other weights and another bias.

    $$ \operatorname{BN}(\operatorname{conv}(x, w, b)) = \operatorname{conv}\bigl(x,\; a_f w_f,\; a_f (b_f - \mu_f)
       + \beta_f\bigr), \qquad a_f = \frac{\gamma_f}{\sqrt{\sigma_f^2 + \varepsilon}} $$

    Variances are powers of four here and ε is 0, so that both sides are exact.

    Catches: statistics of the batch, a variance that is not rooted, parameters in another order.
    Misses: ε.
    Source: Jacob et al. (2018), section 3.2.
    """
    count = len(case.w)
    mean, deviation, gamma = mean[:count], 2.0 ** power[:count], gamma[:count]
    beta = mean[::-1] + 1
    x, w = case.x.astype(np.float64), case.w.astype(np.float64)
    b = np.zeros(count) if case.b is None else case.b.astype(np.float64)
    after = channels.conv2d(x, w, b, **case.options)
    factor = gamma / deviation
    folded = channels.conv2d(x, w * factor[:, None, None, None], factor * (b - mean) + beta, **case.options)
    same(batch_norm2d_inference(after, gamma, beta, mean, deviation**2, eps=0), folded)
