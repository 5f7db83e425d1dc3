r"""What holds of many channels and many filters (Step 3): how `conv2d` adds and keeps apart."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels, convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer, as_pair
from cnnspec.laws.channels_cases import (
    batches,
    coefficients,
    filters,
    layers_with_bias,
    over,
    seeds,
    turned,
    vectors,
    windows,
)
from cnnspec.laws.compare import same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import layers


@law("conv2d.definition", needs="conv2d", oracle=True, case=layers())
def a_layer_is_the_sum_of_products_over_channels_and_window(conv2d: Function, case: Layer) -> None:
    r"""Every output is a bias plus the sum of products over the window and the channels of the filter's group.

    $$ y_{nfij} = b_f + \sum_{c,a,b} x_{n,\,c_0+c,\; is+ad,\; js+bd}\; w_{fcab} $$

    Catches: whatever changes an answer on the inputs drawn; it says that a subject is wrong, not how.
    Misses: nothing that small inputs can show.
    Source: ONNX operator Conv; Krizhevsky et al. (2012), section 3.5, for the groups.
    """
    same(conv2d(case.x, case.w, case.b, **case.options), channels.conv2d(case.x, case.w, case.b, **case.options))


@law("conv2d.sum-of-channels", needs="conv2d", case=layers(groups=(1,), batch=1))
def a_map_is_the_sum_of_one_correlation_for_each_channel(conv2d: Function, case: Layer) -> None:
    r"""A filter correlates each channel with the kernel it holds for that channel, and adds the results.

    $$ y_f = b_f + \sum_c x_c \star w_{fc} $$

    Catches: channels lost, averaged or paired with the wrong kernel; a bias added once for each channel.
    Misses: groups, and errors that single-channel correlation would share.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.4.
    """
    options = {name: value for name, value in case.options.items() if name != "groups"}
    maps = [
        sum(convolution.correlate2d(channel, kernel, **options) for channel, kernel in zip(image, w, strict=True))
        for image in case.x
        for w in case.w
    ]
    expected = np.stack(maps)[None] + (0 if case.b is None else over(case.b))
    same(conv2d(case.x, case.w, case.b, **case.options), expected)


@law("conv2d.channel-order", needs="conv2d", case=layers(groups=(1,)), order=st.permutations(range(3)))
def the_order_of_the_channels_does_not_matter(conv2d: Function, case: Layer, order: list[int]) -> None:
    r"""Reordering the channels of the images and of the filters alike changes nothing: red is not before green.

    $$ y(x_{\cdot\pi}, w_{\cdot\pi}) = y(x, w) $$

    Catches: a channel that is lost, or treated otherwise than the rest.
    Misses: anything that treats all channels alike, such as an average in place of the sum.
    """
    order = [c for c in order if c < case.x.shape[1]]
    reordered = conv2d(case.x[:, order], case.w[:, order], case.b, **case.options)
    same(reordered, conv2d(case.x, case.w, case.b, **case.options))


@law("conv2d.channels-split", needs="conv2d", case=layers_with_bias(groups=(1,)))
def parts_of_the_channels_add_up(conv2d: Function, case: Layer) -> None:
    r"""Each channel may be filtered by itself: the answers add up to the map, and the bias comes once.

    $$ y(x, w, b) = b + \sum_c y(x_c, w_{\cdot c}, 0) $$

    Catches: averages over channels, channels that are skipped, a bias once for each channel.
    Misses: what is wrong within one channel, such as a turned kernel.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.4.
    """
    parts = [conv2d(case.x[:, c : c + 1], case.w[:, c : c + 1], **case.options) for c in range(case.x.shape[1])]
    assert case.b is not None
    same(conv2d(case.x, case.w, case.b, **case.options), sum(parts) + over(case.b))


@law("conv2d.filters-concatenate", needs="conv2d", case=layers(groups=(1,)))
def every_filter_answers_for_itself(conv2d: Function, case: Layer) -> None:
    r"""The maps of several filters are the maps of each filter alone, in the order of the filters.

    $$ y(x, [w_1, \dots, w_F]) = [\,y(x, w_1), \dots, y(x, w_F)\,] $$

    Catches: filters mixed, reordered or normalised together; a bias given to the wrong map.
    Misses: what every filter does wrong in the same way.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.4.
    """
    alone = [
        conv2d(case.x, case.w[f : f + 1], None if case.b is None else case.b[f : f + 1], **case.options)
        for f in range(len(case.w))
    ]
    same(conv2d(case.x, case.w, case.b, **case.options), np.concatenate(alone, axis=1))


@law("conv2d.batch", needs="conv2d", case=layers(), order=st.sampled_from([(0, 1, 2, 1), (2, 1, 0), (1, 1, 2)]))
def the_images_of_a_batch_do_not_see_each_other(conv2d: Function, case: Layer, order: tuple[int, ...]) -> None:
    r"""Each image of a batch is answered as if it had come alone, in whatever order and however often it comes.

    $$ y([x_1, \dots, x_N]) = [\,y(x_1), \dots, y(x_N)\,] $$

    Catches: statistics over the batch, a loop that answers only the first image, batch and channel axes mixed up.
    Misses: what is wrong with every image alike.
    """
    three = np.concatenate([case.x[:1], turned(case.x[:1]), case.x[-1:] + 1])
    alone = [conv2d(three[n : n + 1], case.w, case.b, **case.options) for n in range(3)]
    together = conv2d(three[list(order)], case.w, case.b, **case.options)
    same(together, np.concatenate([alone[n] for n in order]))


@law("conv2d.bias", needs="conv2d", case=layers_with_bias())
def the_bias_is_added_once_at_every_place(conv2d: Function, case: Layer) -> None:
    r"""A bias lifts the whole map of its filter by one number; a black image shows it bare.

    $$ y(x, w, b)_{nfij} = y(x, w)_{nfij} + b_f, \qquad y(0, w, b)_{nfij} = b_f $$

    Catches: a bias that is dropped, added per channel or per weight, or given to the wrong filter.
    Misses: anything that a layer without bias does wrong.
    """
    assert case.b is not None
    without = conv2d(case.x, case.w, **case.options)
    same(conv2d(case.x, case.w, case.b, **case.options), without + over(case.b))
    black = conv2d(np.zeros_like(case.x), case.w, case.b, **case.options)
    same(black, np.broadcast_to(over(case.b), without.shape), "a black image should be answered by the bias")


@law("conv2d.bilinear", needs="conv2d", case=layers(bias=False, batch=1), factors=coefficients)
def without_bias_a_layer_is_linear_in_the_image_and_in_the_weights(
    conv2d: Function, case: Layer, factors: tuple[int, int]
) -> None:
    r"""Without a bias, a sum of images is answered by the sum of the answers, and so is a sum of filters.

    $$ y(\alpha x + \beta x', w) = \alpha y(x, w) + \beta y(x', w), \qquad
       y(x, \alpha w + \beta w') = \alpha y(x, w) + \beta y(x, w') $$

    Catches: a built-in activation, a normalisation, a border of ones.
    Misses: every error that is itself linear, such as a turned kernel or a border of copies. With
    $\alpha + \beta = 1$ it would not even see a border of ones, which is why the factors drawn seldom add up to 1.
    """
    x, w, options = case.x, case.w, case.options
    (alpha, beta), answer = factors, conv2d(case.x, case.w, **case.options)
    images = conv2d(alpha * x + beta * turned(x), w, **options)
    same(images, alpha * answer + beta * conv2d(turned(x), w, **options), "the layer should be linear in x")
    kernels = conv2d(x, alpha * w + beta * turned(w), **options)
    same(kernels, alpha * answer + beta * conv2d(x, turned(w), **options), "the layer should be linear in w")


@law("conv2d.affine", needs="conv2d", case=layers_with_bias(batch=1), factors=coefficients)
def with_a_bias_a_layer_is_affine_and_not_linear(conv2d: Function, case: Layer, factors: tuple[int, int]) -> None:
    r"""With a bias the layer is not linear: a combination of answers holds the bias too often, by $\alpha + \beta - 1$.

    $$ \alpha y(x) + \beta y(x') = y(\alpha x + \beta x') + (\alpha + \beta - 1)\, b $$

    Catches: a bias that is dropped or multiplied, an activation.
    Misses: linear errors; and everything about the bias if only $\alpha + \beta = 1$ is tried.
    """
    assert case.b is not None
    (alpha, beta), other = factors, turned(case.x)
    combined = conv2d(alpha * case.x + beta * other, case.w, case.b, **case.options)
    first, second = (conv2d(x, case.w, case.b, **case.options) for x in (case.x, other))
    same(alpha * first + beta * second, combined + (alpha + beta - 1) * over(case.b))


@law("conv2d.dead-channel", needs="conv2d", case=layers(groups=(1,), batch=1), channel=st.integers(0, 2))
def the_kernel_of_a_black_channel_is_irrelevant(conv2d: Function, case: Layer, channel: int) -> None:
    r"""If a channel is zero everywhere, its kernel may hold anything: such a channel can be pruned exactly.

    $$ x_c = 0 \text{ and } w_{fm} = w'_{fm} \text{ for } m \ne c \;\Rightarrow\; y(x, w) = y(x, w') $$

    Catches: weights that are normalised or exchanged, and a border of ones.
    Misses: whatever is wrong in the channels that are alive.
    """
    channel %= case.x.shape[1]
    x, w = case.x.copy(), case.w.copy()
    x[:, channel] = 0
    w[:, channel] = turned(w[:, channel]) + 1
    same(conv2d(x, w, case.b, **case.options), conv2d(x, case.w, case.b, **case.options))


@law("conv2d.grey", needs="conv2d", case=layers(groups=(1,)))
def equal_channels_need_only_the_sum_of_their_kernels(conv2d: Function, case: Layer) -> None:
    r"""An image whose channels are all alike is answered as one channel by the sum of the kernels.

    $$ x_c = x_0 \;\Rightarrow\; y(x, w) = y\Bigl(x_0, \sum_c w_{\cdot c}\Bigr) $$

    Catches: channels that are averaged or lost. With it a network trained on colour can be given grey pictures.
    Misses: channels in the wrong order.
    """
    x = case.x[:, :1]
    grey = conv2d(x, case.w.sum(axis=1, keepdims=True), case.b, **case.options)
    same(conv2d(np.repeat(x, case.x.shape[1], axis=1), case.w, case.b, **case.options), grey)


@law("conv2d.impulse", needs="conv2d", w=filters(3, 2), b=vectors(3), channel=st.integers(0, 1))
def an_impulse_in_one_channel_shows_every_filter_s_kernel_for_it(
    conv2d: Function, w: Array, b: Array, channel: int
) -> None:
    r"""One bright pixel in channel $c$ makes map $f$ show the kernel $w_{fc}$, turned by 180 degrees.

    $$ x = \delta_c \;\Rightarrow\; y_f = \operatorname{rot}_{180}(w_{fc}) + b_f $$

    Catches: a turned or transposed kernel, weights read as (channels, filters), channels mixed up.
    Misses: anything about stride, dilation and groups.
    Source: Dumoulin & Visin (2016), section 1.1, for the correlation.
    """
    rows, columns = w.shape[2:]
    impulse = np.zeros((1, 2, 1, 1))
    impulse[0, channel] = 1
    answer = conv2d(impulse, w, b, padding=(rows - 1, columns - 1))
    same(answer, convolution.rot180(w[:, channel])[None] + over(b))


@law("conv2d.im2col", needs="conv2d", case=layers(groups=(1,)))
def a_layer_is_one_matrix_product(conv2d: Function, case: Layer) -> None:
    r"""With every window written as a column, a layer is one matrix product, (F, C k²) times (C k², places).

    $$ Y = W X_{\text{col}} + b $$

    Catches: windows at the wrong place, kernels and channels read in the wrong order.
    Misses: groups.
    Source: Chellapilla, Puri & Simard (2006), for the idea.
    """
    columns, places = windows(case)
    y = np.einsum("fk,npk->nfp", case.w.reshape(len(case.w), -1), columns) + (0 if case.b is None else case.b[:, None])
    same(conv2d(case.x, case.w, case.b, **case.options), y.reshape(len(case.x), len(case.w), *places))


@law("conv2d.local", needs="conv2d", case=layers(batch=1), place=seeds)
def an_output_sees_nothing_outside_its_window(conv2d: Function, case: Layer, place: int) -> None:
    r"""The pixels outside of the window of an output may be changed at will, and the output stays.

    $$ x = x' \text{ on the window of } (i, j) \;\Rightarrow\; y_{nfij} = y'_{nfij} $$

    Catches: a border that wraps around or repeats the image, normalisation over the whole image.
    Misses: what is wrong inside the window.
    """
    y = conv2d(case.x, case.w, case.b, **case.options)
    i, j = place % y.shape[2], place // y.shape[2] % y.shape[3]
    s, p, d = as_pair(case.stride), as_pair(case.padding), as_pair(case.dilation)
    rows = [i * s.v + a * d.v - p.v for a in range(case.w.shape[2])]
    columns = [j * s.h + b * d.h - p.h for b in range(case.w.shape[3])]
    seen = np.outer(np.isin(np.arange(case.x.shape[2]), rows), np.isin(np.arange(case.x.shape[3]), columns))
    other = np.where(seen, case.x, case.x + 7)
    same(conv2d(other, case.w, case.b, **case.options)[:, :, i, j], y[:, :, i, j])


@law("conv2d.pixel-order", needs="conv2d", x=batches(2), w=filters(3, 2, most=1), b=vectors(3), shuffle=seeds)
def a_pointwise_layer_commutes_with_every_shuffle_of_the_pixels(
    conv2d: Function, x: Array, w: Array, b: Array, shuffle: int
) -> None:
    r"""A 1×1 layer does not know where a pixel is: shuffle the pixels, and its answers are shuffled alike.

    $$ y(x_{\cdot\sigma}) = y(x)_{\cdot\sigma} \quad \text{for every permutation } \sigma \text{ of the places} $$

    Catches: a window larger than one pixel, a place that is treated otherwise than the rest.
    Misses: wrong weights.
    Source: Lin, Chen & Yan (2014), Network in Network, section 3.1.
    """
    order = np.random.default_rng(shuffle).permutation(x.shape[2] * x.shape[3])

    def shuffled(maps: Array) -> Array:
        return maps.reshape(*maps.shape[:2], -1)[:, :, order].reshape(maps.shape)

    same(conv2d(shuffled(x), w, b), shuffled(conv2d(x, w, b)))
