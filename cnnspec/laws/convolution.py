r"""What holds of one kernel on one image (Step 2)."""

from __future__ import annotations

import numpy as np

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import Correlation
from cnnspec.laws.compare import same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import correlations, kernels


@law("conv.definition", needs="correlate2d", oracle=True, case=correlations())
def correlation_is_the_sum_of_products_under_the_kernel(correlate2d: Function, case: Correlation) -> None:
    r"""Every output is the sum of the products under the kernel.

    $$ y_{ij} = \sum_{a,b} x_{is+ad,\; js+bd}\; k_{ab} $$

    Catches: whatever changes an answer on the inputs drawn; it says that a subject is wrong, not how.
    Misses: nothing that small inputs can show.
    Source: Dumoulin & Visin (2016), section 2.
    """
    same(
        correlate2d(case.image, case.kernel, **case.options),
        convolution.correlate2d(case.image, case.kernel, **case.options),
    )


@law("conv.delta", needs="correlate2d", kernel=kernels())
def an_impulse_paints_the_kernel_turned(correlate2d: Function, kernel: Array) -> None:
    r"""A single bright pixel is answered by the kernel, turned by 180 degrees.

    $$ \delta \star k = \operatorname{rot}_{180}(k) $$

    Catches: a flipped or transposed kernel, which linearity, equivariance and adjointness all miss.
    Misses: anything about stride, dilation and several channels.
    Source: Dumoulin & Visin (2016), section 1.1.
    """
    rows, columns = kernel.shape
    impulse = np.ones((1, 1))
    same(correlate2d(impulse, kernel, padding=(rows - 1, columns - 1)), convolution.rot180(kernel))
