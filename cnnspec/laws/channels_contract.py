r"""What a caller may rely on (Step 3): fresh answers, spellings, memory layouts; and what the book's own refuse."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels
from cnnspec.arguments import Array, same_padding
from cnnspec.laws.cases import Layer, TransposedLayer
from cnnspec.laws.channels_cases import Wrong, all_refused, batches, filters, turned, vectors
from cnnspec.laws.compare import holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import layers, transposed_layers

steps = st.integers(1, 3)
sides = st.tuples(st.integers(0, 3), st.integers(0, 3))


@law("conv2d.repeatable", needs="conv2d", case=layers(batch=1), other=layers(batch=1))
def an_answer_does_not_depend_on_what_was_asked_before(conv2d: Function, case: Layer, other: Layer) -> None:
    r"""The same question gets the same answer after any other, and an answer once given does not change.

    Catches: answers kept by shape, buffers that are used again, noise.
    Misses: what is wrong every time.
    """
    first = conv2d(case.x, case.w, case.b, **case.options)
    kept = first.copy()
    conv2d(turned(case.x) + 1, case.w, case.b, **case.options)
    conv2d(other.x, other.w, other.b, **other.options)
    same(first, kept, "an answer should not change when the next question is asked")
    same(conv2d(case.x, case.w, case.b, **case.options), kept, "the same question should get the same answer")


@law("conv2d.memory-layout", needs="conv2d", case=layers())
def the_layout_in_memory_does_not_matter(conv2d: Function, case: Layer) -> None:
    r"""Arrays with equal entries get equal answers, stored by rows, by columns or as a view of a larger array.

    Catches: operators that read memory instead of entries.
    Misses: everything else.
    """
    answer = conv2d(np.ascontiguousarray(case.x), np.ascontiguousarray(case.w), case.b, **case.options)
    by_columns = conv2d(np.asfortranarray(case.x), np.asfortranarray(case.w), case.b, **case.options)
    same(by_columns, answer)
    view = np.repeat(np.repeat(case.x, 2, axis=3), 2, axis=1)[:, ::2, :, ::2]
    same(conv2d(view, case.w, case.b, **case.options), answer)


@law(
    "conv2d.spellings",
    needs="conv2d",
    x=batches(2, least=5, most=6),
    w=filters(2, 2),
    b=vectors(2),
    stride=steps,
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
)
def one_number_means_both_directions(
    conv2d: Function, x: Array, w: Array, b: Array, stride: int, padding: int, dilation: int
) -> None:
    r"""One number for stride, padding or dilation stands for two equal ones; none stand for 1, 0 and 1.

    Catches: a number that applies to the rows only; other defaults.
    Misses: rows and columns swapped.
    """
    pairs = {"stride": (stride, stride), "padding": (padding, padding), "dilation": (dilation, dilation)}
    same(conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation), conv2d(x, w, b, **pairs))
    silent = conv2d(x, w)
    same(silent, conv2d(x, w, None, stride=1, padding=0, dilation=1, groups=1), "the defaults should be 1, 0, 1, 1")


@law(
    "transpose.repeatable", needs="conv_transpose2d", case=transposed_layers(batch=1), other=transposed_layers(batch=1)
)
def its_answer_does_not_depend_on_what_was_asked_before(
    conv_transpose2d: Function, case: TransposedLayer, other: TransposedLayer
) -> None:
    r"""The same question gets the same answer after any other, and an answer once given does not change.

    Catches: a canvas that is not cleared, or used again.
    Misses: what is wrong every time.
    """
    first = conv_transpose2d(case.x, case.w, case.b, **case.options)
    kept = first.copy()
    conv_transpose2d(turned(case.x) + 1, case.w, case.b, **case.options)
    conv_transpose2d(other.x, other.w, other.b, **other.options)
    same(first, kept, "an answer should not change when the next question is asked")
    same(conv_transpose2d(case.x, case.w, case.b, **case.options), kept, "the same question, the same answer")


@law(
    "transpose.spellings",
    needs="conv_transpose2d",
    x=batches(2),
    w=filters(2, 2, least=2),
    b=vectors(2),
    stride=st.integers(2, 3),
    padding=st.integers(0, 1),
    extra=st.integers(0, 1),
    dilation=st.integers(1, 2),
)
def its_numbers_mean_both_directions(
    conv_transpose2d: Function,
    x: Array,
    w: Array,
    b: Array,
    stride: int,
    padding: int,
    extra: int,
    dilation: int,
) -> None:
    r"""One number stands for two equal ones, and options that are not given for 1, 0, 0 and 1; memory is no matter.

    Catches: a number that applies to the rows only; other defaults; operators that read memory.
    Misses: rows and columns swapped.
    """
    numbers = {"stride": stride, "padding": min(padding, x.shape[2] - 1, x.shape[3] - 1), "dilation": dilation}
    pairs = {name: (number, number) for name, number in numbers.items()}
    answer = conv_transpose2d(x, w, b, **numbers, output_padding=extra)
    same(answer, conv_transpose2d(x, w, b, **pairs, output_padding=(extra, extra)))
    same(conv_transpose2d(np.asfortranarray(x), np.asfortranarray(w), b, **numbers, output_padding=extra), answer)
    explicit = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1}
    same(conv_transpose2d(x, w), conv_transpose2d(x, w, None, **explicit), "the defaults should be 1, 0, 0, 1, 1")


dtypes = st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.int8, np.complex128])


@law("conv2d.dtype", needs="conv2d", extended=True, x=batches(2, least=3), w=filters(2, 2), dtype=dtypes)
def floats_keep_their_dtype_and_whole_numbers_count_in_64_bits(
    conv2d: Function, x: Array, w: Array, dtype: type
) -> None:
    r"""Floating numbers keep their dtype, the wider of two wins, and whole numbers of any width count in 64 bits.

    Catches: answers in another precision, bytes that overflow.
    Misses: precision lost on the way; the sums beyond $2^{24}$ in other laws see that.
    """
    expected = np.int64 if np.dtype(dtype).kind == "i" else dtype
    y = conv2d((10 * x).astype(dtype), w.astype(dtype))
    holds(y.dtype == expected, f"the answer to {np.dtype(dtype)} should be {np.dtype(expected)}, but it is {y.dtype}")
    same(y, channels.conv2d(10 * x, w))
    mixed = conv2d(x.astype(np.float32), w).dtype
    holds(mixed == np.float64, f"float32 images and float64 weights should give float64, but {mixed} came")


@law("transpose.dtype", needs="conv_transpose2d", extended=True, x=batches(2), w=filters(2, 2), dtype=dtypes)
def its_floats_keep_their_dtype(conv_transpose2d: Function, x: Array, w: Array, dtype: type) -> None:
    r"""Floating numbers keep their dtype, and whole numbers of any width count in 64 bits.

    Catches: answers in another precision, bytes that overflow.
    Misses: precision lost on the way.
    """
    expected = np.int64 if np.dtype(dtype).kind == "i" else dtype
    y = conv_transpose2d((10 * x).astype(dtype), w.astype(dtype))
    holds(y.dtype == expected, f"the answer to {np.dtype(dtype)} should be {np.dtype(expected)}, but it is {y.dtype}")
    same(y, channels.conv_transpose2d(10 * x, w))


@law("conv2d.same", needs="conv2d", extended=True, x=batches(2), w=filters(2, 2, most=4), stride=steps, dilation=steps)
def same_and_valid_are_words_for_paddings(conv2d: Function, x: Array, w: Array, stride: int, dilation: int) -> None:
    r"""With `"same"` there are $\lceil i/s \rceil$ places, the odd row of zeros last; with `"valid"` no border.

    $$ p_0 + p_1 = \max\bigl((\lceil i/s \rceil - 1)\, s + d(k-1) + 1 - i,\; 0\bigr), \qquad p_0 \le p_1 \le p_0 + 1 $$

    Catches: the odd row at the beginning, sizes rounded down, a padding that ignores stride or dilation.
    Misses: nothing about these two words.
    Source: ONNX operator Conv, `SAME_UPPER`.
    """
    spans = [dilation * (k - 1) + 1 for k in w.shape[2:]]
    border = [same_padding(n, span, stride) for n, span in zip(x.shape[2:], spans, strict=True)]
    y = conv2d(x, w, stride=stride, dilation=dilation, padding="same")
    same(y.shape[2:], [-(-n // stride) for n in x.shape[2:]], "the sizes should be those of the image over the stride")
    explicit = conv2d(np.pad(x, ((0, 0), (0, 0), *border)), w, stride=stride, dilation=dilation)
    same(y, explicit)
    same(conv2d(np.pad(x, ((0, 0), (0, 0), *border)), w, stride=stride, dilation=dilation, padding="valid"), explicit)


@law(
    "conv2d.four-sides",
    needs="conv2d",
    extended=True,
    x=batches(2, least=3),
    w=filters(2, 2),
    rows=sides,
    columns=sides,
)
def every_side_may_have_its_own_padding(
    conv2d: Function, x: Array, w: Array, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    r"""A padding `((top, bottom), (left, right))` is a border with these widths.

    Catches: sides swapped, averaged or ignored.
    Misses: equal sides.
    """
    same(conv2d(x, w, padding=(rows, columns)), conv2d(np.pad(x, ((0, 0), (0, 0), rows, columns)), w))


@law(
    "transpose.same",
    needs="conv_transpose2d",
    extended=True,
    x=batches(2),
    w=filters(2, 2),
    stride=steps,
    content=vectors(61),
)
def same_multiplies_the_size_by_the_stride(
    conv_transpose2d: Function, x: Array, w: Array, stride: int, content: Array
) -> None:
    r"""With `"same"` the answer has $s$ times the rows, and is the adjoint of the convolution with `"same"`.

    $$ OH = s H, \qquad \langle y(z, w), x \rangle = \langle z, y^{\mathsf T}(x, w) \rangle $$

    Catches: the odd row cut at the wrong end, gaps of a stride beyond the kernel left out.
    Misses: what is wrong with other paddings.
    """
    back = conv_transpose2d(x, w, stride=stride, padding="same")
    same(back.shape[2:], [stride * n for n in x.shape[2:]], "the sizes should be multiplied by the stride")
    z = np.resize(content, back.shape)
    same(np.sum(channels.conv2d(z, w, stride=stride, padding="same") * x), np.sum(z * back))


@law(
    "transpose.four-sides",
    needs="conv_transpose2d",
    extended=True,
    x=batches(2, least=3),
    w=filters(2, 2, least=3),
    rows=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    columns=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def every_side_may_be_cut_by_itself(
    conv_transpose2d: Function, x: Array, w: Array, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    r"""A padding `((top, bottom), (left, right))` cuts so many rows and columns off the canvas; `"valid"` cuts none.

    Catches: sides swapped, averaged or ignored.
    Misses: equal sides.
    """
    canvas = conv_transpose2d(x, w, padding="valid")
    kept = canvas[:, :, rows[0] : canvas.shape[2] - rows[1], columns[0] : canvas.shape[3] - columns[1]]
    same(conv_transpose2d(x, w, padding=(rows, columns)), kept)


X, W, B = np.ones((2, 4, 5, 6)), np.ones((6, 2, 3, 2)), np.ones(6)
WRONG_ARRAYS: list[Wrong] = [
    ("x", {"x": X[0]}),
    ("x", {"x": X[None]}),
    ("x", {"x": X[:0]}),
    ("x", {"x": X[:, :, :0]}),
    ("x", {"x": X.astype(str)}),
    ("x", {"x": X.astype(bool)}),
    ("x", {"x": [[[[1.0, 2.0], [3.0]]]]}),
    ("w", {"w": W[0]}),
    ("w", {"w": W[:, :, :0]}),
    ("w", {"w": W.astype(object)}),
    ("b", {"b": np.ones((1, 6))}),
    ("b", {"b": np.ones(5)}),
    ("b", {"b": np.ones(1)}),
    ("b", {"b": 1.0}),
    ("b", {"b": ["1"] * 6}),
]
WRONG_OPTIONS: list[Wrong] = [
    ("stride", {"stride": 0}),
    ("stride", {"stride": (1, -1)}),
    ("stride", {"stride": 1.0}),
    ("stride", {"stride": (1, 1, 1)}),
    ("padding", {"padding": -1}),
    ("padding", {"padding": "full"}),
    ("padding", {"padding": 0.5}),
    ("padding", {"padding": ((0, -1), (0, 0))}),
    ("dilation", {"dilation": 0}),
    ("dilation", {"dilation": True}),
    ("dilation", {"dilation": None}),
    ("groups", {"groups": 0}),
    ("groups", {"groups": 3}),
    ("groups", {"groups": 2.0}),
    ("groups", {"groups": (2, 2)}),
]


@law("conv2d.refusals", needs="conv2d", extended=True)
def what_does_not_fit_is_refused_by_name(conv2d: Function) -> None:
    r"""Arrays of another rank, empty or without numbers, counts that do not fit and impossible options are refused.

    Nothing is broadcast, cut or answered with an empty array, and the message begins with the argument's name.

    Catches: a bias of length 1 that spreads over all filters, groups that leave channels over, negative padding.
    Misses: whether the rest of the message helps.
    """
    wrong: list[Wrong] = [
        *WRONG_ARRAYS,
        *WRONG_OPTIONS,
        ("w", {"w": W[:, :1]}),
        ("w", {"groups": 1}),
        ("groups", {"groups": 4}),
        ("kernel", {"dilation": 3}),
        ("kernel", {"x": X[:, :, :2]}),
    ]
    all_refused(conv2d, {"x": X, "w": W, "b": B, "groups": 2}, wrong)


@law("transpose.refusals", needs="conv_transpose2d", extended=True)
def its_misfits_are_refused_by_name(conv_transpose2d: Function) -> None:
    r"""Arrays that do not fit, impossible options, and a padding that leaves nothing are refused by name.

    Output padding must be smaller than the stride or the dilation: more rows are no convolution's remainder.

    Catches: output padding that is accepted in any number, a canvas cut to nothing and answered empty.
    Misses: whether the rest of the message helps.
    """
    kernels = np.ones((4, 3, 3, 2))
    wrong: list[Wrong] = [
        *WRONG_ARRAYS,
        *WRONG_OPTIONS,
        ("w", {"w": kernels[:3]}),
        ("w", {"w": np.ones((6, 3, 3, 2))}),
        ("output_padding", {"output_padding": 1}),
        ("output_padding", {"output_padding": (0, 2), "stride": 2}),
        ("output_padding", {"output_padding": -1}),
        ("output_padding", {"output_padding": 1.0, "stride": 2}),
        ("padding", {"padding": (4, 0)}),
        ("padding", {"padding": ((0, 0), (3, 4))}),
    ]
    all_refused(conv_transpose2d, {"x": X, "w": kernels, "b": B, "groups": 2}, wrong)
