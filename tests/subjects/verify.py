"""Prove the corpus, by hand: right files agree with PyTorch, wrong files differ from the plain loops below.

    python tests/subjects/verify.py right [--count 2000] [--only NAME ...]     needs torch (and SciPy)
    python tests/subjects/verify.py wrong [--count 4000] [--only NAME ...]     needs NumPy only
    python tests/subjects/verify.py hostile                                    reads, never imports

This script knows nothing of cnnspec: it reads only the public contract (names, arguments, shapes). Every input it draws
is one that the contract allows. It is slow, prints, and is no pytest module on purpose. Its second half, for Step 5, is
`verify_step5.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import numbers
import os
import sys
import zlib
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

STEPS_2_TO_4 = [
    "output_size",
    "conv2d_parameters",
    "correlate2d",
    "conv2d",
    "conv_transpose2d",
    "max_pool2d",
    "avg_pool2d",
    "global_avg_pool2d",
]
OPERATORS = list(STEPS_2_TO_4)


# ---------------------------------------------------------------- the oracle: formulas, written as loops


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


class Oracle:
    """Each operator as its formula; each is compared with PyTorch too (`right --only oracle`)."""

    @staticmethod
    def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
        last = size + 2 * padding - dilation * (kernel - 1) - 1
        return len(range(0, last + 1, stride))

    @staticmethod
    def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
        kh, kw = pair(kernel)
        return c_out * (c_in // groups) * kh * kw + (c_out if bias else 0)

    @staticmethod
    def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
        y = Oracle.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)
        return y[0, 0]

    @staticmethod
    def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
        s, p, d = pair(stride), pair(padding), pair(dilation)
        n, c, h, wd = x.shape
        f, cg, kh, kw = w.shape
        oh = Oracle.output_size(h, kh, stride=s[0], padding=p[0], dilation=d[0])
        ow = Oracle.output_size(wd, kw, stride=s[1], padding=p[1], dilation=d[1])
        padded = np.zeros((n, c, h + 2 * p[0], wd + 2 * p[1]), x.dtype)
        padded[:, :, p[0] : p[0] + h, p[1] : p[1] + wd] = x
        y = np.zeros((n, f, oh, ow), x.dtype)
        for q, i, j in np.ndindex(f, oh, ow):
            g = q // (f // groups)
            window = padded[:, g * cg : (g + 1) * cg]
            window = window[:, :, i * s[0] : i * s[0] + d[0] * (kh - 1) + 1 : d[0]]
            window = window[:, :, :, j * s[1] : j * s[1] + d[1] * (kw - 1) + 1 : d[1]]
            y[:, q, i, j] = (window * w[q]).sum(axis=(1, 2, 3))
            if b is not None:
                y[:, q, i, j] += b[q]
        return y

    @staticmethod
    def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
        s, p, o, d = pair(stride), pair(padding), pair(output_padding), pair(dilation)
        n, c, h, wd = x.shape
        _, fg, kh, kw = w.shape
        rows = (h - 1) * s[0] - 2 * p[0] + d[0] * (kh - 1) + 1 + o[0]
        columns = (wd - 1) * s[1] - 2 * p[1] + d[1] * (kw - 1) + 1 + o[1]
        y = np.zeros((n, fg * groups, rows, columns), x.dtype)
        for e, q, i, j, u, v in np.ndindex(c, fg, h, wd, kh, kw):
            r, t = i * s[0] + u * d[0] - p[0], j * s[1] + v * d[1] - p[1]
            if 0 <= r < rows and 0 <= t < columns:
                y[:, e // (c // groups) * fg + q, r, t] += x[:, e, i, j] * w[e, q, u, v]
        if b is not None:
            y += b[:, None, None]
        return y

    @staticmethod
    def positions(n, k, s, p, d, ceil_mode):
        """First cell of each window, in the coordinates of the unpadded input."""
        last = n + p - d * (k - 1) - 1
        starts = list(range(-p, last + 1, s))
        if ceil_mode and starts[-1] != last and starts[-1] + s < n:
            starts.append(starts[-1] + s)
        return starts

    @staticmethod
    def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
        k, p, d = pair(size), pair(padding), pair(dilation)
        s = k if stride is None else pair(stride)
        tops, lefts = (Oracle.positions(x.shape[2 + t], k[t], s[t], p[t], d[t], ceil_mode) for t in (0, 1))
        y = np.full((*x.shape[:2], len(tops), len(lefts)), -np.inf, x.dtype)
        for i, j, a, b in np.ndindex(len(tops), len(lefts), *k):
            r, t = tops[i] + a * d[0], lefts[j] + b * d[1]
            if 0 <= r < x.shape[2] and 0 <= t < x.shape[3]:
                y[:, :, i, j] = np.maximum(y[:, :, i, j], x[:, :, r, t])
        return y

    @staticmethod
    def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        k, p = pair(size), pair(padding)
        s = k if stride is None else pair(stride)
        tops, lefts = (Oracle.positions(x.shape[2 + t], k[t], s[t], p[t], 1, ceil_mode) for t in (0, 1))
        y = np.zeros((*x.shape[:2], len(tops), len(lefts)), x.dtype)
        for i, j in np.ndindex(len(tops), len(lefts)):
            cells = 0
            for r in range(tops[i], tops[i] + k[0]):
                for t in range(lefts[j], lefts[j] + k[1]):
                    real = 0 <= r < x.shape[2] and 0 <= t < x.shape[3]
                    if real:
                        y[:, :, i, j] += x[:, :, r, t]
                    if real or (count_include_pad and r < x.shape[2] + p[0] and t < x.shape[3] + p[1]):
                        cells += 1
            y[:, :, i, j] /= cells
        return y

    @staticmethod
    def global_avg_pool2d(x):
        return x.sum(axis=(2, 3)) / (x.shape[2] * x.shape[3])


# ---------------------------------------------------------------- PyTorch, for the right files


def torch_answer(operator, args, kwargs):
    import torch
    import torch.nn.functional as F  # noqa: N812

    def t(a):
        return torch.tensor(np.array(a)) if isinstance(a, np.ndarray) else a

    if operator not in STEPS_2_TO_4:
        return step5.torch_answer(operator, args, kwargs)
    args = [t(a) for a in args]
    if operator == "output_size":
        size, kernel = args
        return F.conv1d(
            torch.zeros(1, 1, size),
            torch.zeros(1, 1, kernel),
            None,
            kwargs.get("stride", 1),
            kwargs.get("padding", 0),
            kwargs.get("dilation", 1),
        ).shape[-1]
    if operator == "conv2d_parameters":
        layer = torch.nn.Conv2d(*args, **kwargs)
        return sum(q.numel() for q in layer.parameters())
    if operator == "correlate2d":
        return F.conv2d(args[0][None, None], args[1][None, None], **kwargs)[0, 0].numpy()
    if operator == "conv2d":
        return F.conv2d(
            args[0],
            args[1],
            t(kwargs.get("b", args[2] if len(args) > 2 else None)),
            **{k: v for k, v in kwargs.items() if k != "b"},
        ).numpy()
    if operator == "conv_transpose2d":
        return F.conv_transpose2d(args[0], args[1], args[2] if len(args) > 2 else None, **kwargs).numpy()
    if operator == "max_pool2d":
        return F.max_pool2d(*args, **kwargs).numpy()
    if operator == "avg_pool2d":
        return F.avg_pool2d(*args, **kwargs).numpy()
    if operator == "global_avg_pool2d":
        return F.adaptive_avg_pool2d(args[0], 1)[:, :, 0, 0].numpy()
    raise NotImplementedError(operator)


# ---------------------------------------------------------------- inputs that the contract allows


class Draw:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.dtype = np.float64

    def int(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def chance(self, p):
        return self.rng.random() < p

    def start(self):
        self.dtype = np.float32 if self.chance(0.3) else np.float64
        self.kind = self.rng.choice(
            ["ints", "normal", "negative", "big", "huge_negative", "constant", "sparse", "ints", "normal"]
        ).item()

    def array(self, *shape):
        """Values of one kind, in one of several memory layouts."""
        shown = self.layout(shape)
        shown[...] = self.values(shape)
        if self.chance(0.1):
            shown.flags.writeable = False
        return shown

    def values(self, shape):
        r, kind = self.rng, self.kind
        if kind == "ints":
            return r.integers(-5, 6, shape)
        if kind == "normal":
            return r.normal(size=shape)
        if kind == "negative":
            return -r.integers(1, 9, shape)
        if kind == "big":
            top = 2**11 if self.dtype == np.float32 else 2**25 + 1
            return r.integers(-top, top + 1, shape)
        if kind == "huge_negative":
            return -1e10 * r.integers(1, 9, shape)
        if kind == "offset":
            return r.integers(-3, 4, shape) + 2.0 ** (11 if self.dtype == np.float32 else 24)
        if kind == "constant":
            return np.full(shape, float(r.integers(-3, 4)))
        return r.integers(-3, 4, shape) * (r.random(shape) < 0.2)

    def layout(self, shape):
        how = self.int(0, 7)
        if how == 1:
            return np.empty(shape, self.dtype, order="F")
        if how == 2:
            return np.empty([2 * n for n in shape], self.dtype)[tuple(slice(None, None, 2) for _ in shape)]
        if how == 3:
            return np.empty(shape, self.dtype)[..., ::-1]
        if how == 4 and len(shape) > 1:
            return np.empty((*shape[:-2], shape[-1], shape[-2]), self.dtype).swapaxes(-1, -2)
        if how == 5:
            return np.empty([n + 3 for n in shape], self.dtype)[tuple(slice(1, n + 1) for n in shape)]
        return np.empty(shape, self.dtype)

    def either(self, low, high):
        """An int or a pair of ints."""
        if self.chance(0.5):
            return self.int(low, high)
        return (self.int(low, high), self.int(low, high))

    def options(self, default_stride=1, **values):
        """Drop some arguments which equal their default."""
        defaults = {
            "stride": (default_stride,),
            "padding": (0,),
            "dilation": (1,),
            "groups": (1,),
            "output_padding": (0,),
            "ceil_mode": (False,),
            "count_include_pad": (True,),
            "bias": (True,),
        }
        return {
            k: v
            for k, v in values.items()
            if not (isinstance(v, (int, type(None))) and v in defaults.get(k, ()) and self.chance(0.6))
        }

    def sides(self, k, p, d, most=8):
        """Two sizes on which the window fits at least once."""
        p, d = pair(p), pair(d)
        least = [max(1, d[t] * (k[t] - 1) + 1 - 2 * p[t]) for t in (0, 1)]
        return [self.int(low, max(low + 2, most)) for low in least]

    def case(self, operator, **more):
        """Arguments for one call; now and then the last call's shapes and options with new numbers."""
        last = getattr(self, "last", None)
        if last and last[0] == operator and self.chance(0.15):
            _, args, kwargs = last
            args = [self.array(*a.shape) if isinstance(a, np.ndarray) and a.dtype == self.dtype else a for a in args]
        else:
            args, kwargs = getattr(self, operator)(**more)
        self.last = (operator, args, kwargs)
        return args, kwargs

    def output_size(self):
        while True:
            n, k, s, p, d = self.int(1, 24), self.int(1, 6), self.int(1, 5), self.int(0, 5), self.int(1, 3)
            if n + 2 * p >= d * (k - 1) + 1:
                return [n, k], self.options(stride=s, padding=p, dilation=d)

    def conv2d_parameters(self):
        g = self.int(1, 4)
        return [g * self.int(1, 4), g * self.int(1, 4), self.either(1, 5)], self.options(
            groups=g, bias=self.chance(0.5)
        )

    def sliding(self):
        simple = self.chance(0.25)
        s, p, d = (1, 0, 1) if simple else (self.either(1, 4), self.either(0, 3), self.either(1, 3))
        k = (self.int(1, 4), self.int(1, 4))
        if self.chance(0.2):
            k = (k[0], k[0])
        return s, p, d, k

    def correlate2d(self):
        self.start()
        s, p, d, k = self.sliding()
        h, w = self.sides(k, p, d)
        if self.chance(0.03):  # a kernel that changes nothing
            return [self.array(h, w), np.ones((1, 1), self.dtype)], {}
        return [self.array(h, w), self.array(*k)], self.options(stride=s, padding=p, dilation=d)

    def conv2d(self):
        self.start()
        s, p, d, k = self.sliding()
        h, w = self.sides(k, p, d)
        g = 1 if self.chance(0.5) else self.int(2, 3)
        cg, fg = self.int(1, 3), self.int(1, 3)
        if g == 1 and self.chance(0.2):
            cg = self.int(4, 5)
        args = [self.array(self.int(1, 3), g * cg, h, w), self.array(g * fg, cg, *k)]
        if self.chance(0.03):  # a layer that changes nothing
            s, p, d, w = 1, 0, 1, self.layout((cg, cg, 1, 1))
            w[...] = np.eye(cg)[:, :, None, None]
            return [args[0][:, :cg], w], self.options(stride=s, padding=p, dilation=d)
        if self.chance(0.5):
            args.append(self.array(g * fg))
        return args, self.options(stride=s, padding=p, dilation=d, groups=g)

    def conv_transpose2d(self, wide=False):
        """Output padding below the stride; with `wide` also below the dilation, as PyTorch allows."""
        self.start()
        while True:
            s, p, d, k = self.sliding()
            h, w = self.int(1, 5), self.int(1, 5)
            top = [max(a, b) if wide else a for a, b in zip(pair(s), pair(d), strict=True)]
            o = (self.int(0, top[0] - 1), self.int(0, top[1] - 1))
            if o[0] == o[1] or (isinstance(s, int) and isinstance(d, int) and self.chance(0.5)):
                o = o[0]
            rows, columns = (
                (n - 1) * pair(s)[t] - 2 * pair(p)[t] + pair(d)[t] * (k[t] - 1) + 1 + pair(o)[t]
                for t, n in enumerate((h, w))
            )
            if rows >= 1 and columns >= 1:
                break
        g = 1 if self.chance(0.5) else self.int(2, 3)
        cg, fg = self.int(1, 3), self.int(1, 3)
        args = [self.array(self.int(1, 3), g * cg, h, w), self.array(g * cg, fg, *k)]
        if self.chance(0.5):
            args.append(self.array(g * fg))
        return args, self.options(stride=s, padding=p, output_padding=o, dilation=d, groups=g)

    def pooling(self, dilated):
        self.start()
        size = self.either(1, 4)
        k = pair(size)
        d = self.either(1, 3) if dilated and self.chance(0.5) else 1
        p = (self.int(0, k[0] // 2), self.int(0, k[1] // 2))
        if p[0] == p[1] and self.chance(0.7):
            p = p[0]
        s = None if self.chance(0.3) else self.either(1, 4)
        h, w = self.sides(k, p, d)
        x = self.array(self.int(1, 3), self.int(1, 3), h, w)
        return [x, size], {"stride": s, "padding": p, "dilation": d, "ceil_mode": self.chance(0.5)}

    def max_pool2d(self):
        args, options = self.pooling(dilated=True)
        return args, self.options(None, **options)

    def avg_pool2d(self):
        args, options = self.pooling(dilated=False)
        del options["dilation"]
        return args, self.options(None, **options, count_include_pad=self.chance(0.5))

    def global_avg_pool2d(self):
        self.start()
        return [self.array(self.int(1, 3), self.int(1, 4), self.int(1, 7), self.int(1, 7))], {}


# ---------------------------------------------------------------- comparing


def magnitude(operator, args):
    """An upper bound for the sizes that rounding errors come from."""
    arrays = [a for a in args if isinstance(a, np.ndarray)]
    if not arrays or operator == "max_pool2d":
        return 0.0
    tops = [float(np.abs(a).max()) for a in arrays]
    if operator in ("avg_pool2d", "global_avg_pool2d"):
        return tops[0] * arrays[0].shape[-1] * arrays[0].shape[-2]
    if operator in STEPS_2_TO_4:
        x, w = arrays[:2]
        return tops[0] * tops[1] * np.sqrt(x.size) * np.sqrt(w.size) + (tops[2] if len(tops) > 2 else 0.0)
    return step5.magnitude(operator, args)


def difference(operator, args, got, expected, slack=32.0):
    """Return None when the answer is right, else a sentence."""
    if isinstance(expected, tuple):
        if not isinstance(got, (tuple, list)) or len(got) != len(expected):
            return f"expected {len(expected)} results, got {type(got).__name__}"
        for place, (one, other) in enumerate(zip(got, expected, strict=True)):
            found = difference(operator, args, one, other, slack)
            if found:
                return f"result {place}: {found}"
        return None
    if isinstance(expected, numbers.Integral):
        if not isinstance(got, numbers.Integral) or isinstance(got, bool):
            return f"expected an integer, got {got!r}"
        return None if got == expected else f"got {got}, expected {expected}"
    if isinstance(expected, np.ndarray):
        if not isinstance(got, np.ndarray):
            return f"expected an array, got {type(got).__name__}"
        if got.shape != expected.shape:
            return f"shape {got.shape}, expected {expected.shape}"
        if got.dtype != expected.dtype:
            return f"dtype {got.dtype}, expected {expected.dtype}"
    dtype = getattr(expected, "dtype", np.float64)
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    bound = slack * float(np.finfo(dtype).eps) * magnitude(operator, args)
    with np.errstate(invalid="ignore"):
        close = (got == expected) | (np.abs(got - expected) <= bound)
    if close.all():
        return None
    place = tuple(int(i) for i in np.argwhere(~close)[0])
    return (
        f"at {place}: got {got[place]!s}, expected {expected[place]!s} ({int((~close).sum())} of {close.size} differ)"
    )


def describe(args, kwargs):
    shown = [f"{a.dtype.name}{a.shape}" if isinstance(a, np.ndarray) else getattr(a, "__name__", repr(a)) for a in args]
    return ", ".join(shown + [f"{k}={v}" for k, v in kwargs.items()])


def quiet_load(path):
    name = f"subject_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    with contextlib.redirect_stdout(io.StringIO()):
        spec.loader.exec_module(module)
    return module


class Trial:
    """Call one operator again and again, and watch inputs, outputs and earlier outputs."""

    def __init__(self, operator, function, expect):
        self.operator, self.function, self.expect = operator, function, expect
        self.earlier = []

    def compare(self, args, kwargs, got, expected):
        if self.operator in STEPS_2_TO_4:
            return difference(self.operator, args, got, expected)
        return step5.difference(self.operator, args, kwargs, got, expected, difference)

    def run(self, args, kwargs):
        """Return None or a sentence."""
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        before = [a.copy() for a in arrays]
        items = [list(a) for a in args if isinstance(a, list)]
        try:
            with np.errstate(all="ignore"):
                got = self.function(*args, **kwargs)
                again = self.function(*args, **kwargs) if len(self.earlier) % 3 == 0 else got
        except Exception as error:
            return f"raised {type(error).__name__}: {str(error)[:90]}"
        for a, was in zip(arrays, before, strict=True):
            if not np.array_equal(a, was):
                return "an input was modified"
        if items != [list(a) for a in args if isinstance(a, list)]:
            return "an input was modified"
        results = [g for g in (got if isinstance(got, (tuple, list)) else [got]) if isinstance(g, np.ndarray)]
        for g in results:
            if any(np.shares_memory(g, a) for a in arrays):
                return "the output aliases an input"
        with np.errstate(all="ignore"):
            expected = self.expect(self.operator, args, kwargs)
        found = self.compare(args, kwargs, got, expected) or self.compare(args, kwargs, again, expected)
        if found:
            return found
        for kept, was in self.earlier:
            if not np.array_equal(kept, was):
                return "an earlier result changed"
        self.earlier = [*self.earlier, *((g, g.copy()) for g in results)][-7:]
        return None


def ours(operator, args, kwargs):
    return getattr(Oracle, operator)(*args, **kwargs)


def chosen(folder, only):
    return [p for p in sorted((HERE / folder).glob("*.py")) if not only or p.stem in only]


# ---------------------------------------------------------------- the three commands


def right(count, only):
    try:
        import torch
    except ImportError:
        print("skipped: PyTorch is not installed here, and the right files are proved against PyTorch")
        return 0
    torch.set_num_threads(1)
    bad = 0
    modules = [] if only and "oracle" not in only else [("oracle (in this script)", Oracle)]
    for path in chosen("right", only):
        try:
            modules.append((path.stem, quiet_load(path)))
        except ModuleNotFoundError as missing:
            print(f"{path.stem}: skipped, {missing.name} is not installed here")
    for name, module in modules:
        line = []
        for operator in OPERATORS:
            function = getattr(module, operator, None)
            if function is None:
                continue
            draw = Draw(zlib.crc32(f"{name}.{operator}".encode()))
            trial = Trial(operator, function, torch_answer)
            for i in range(count):
                wide = {"wide": True} if operator == "conv_transpose2d" and i % 4 == 0 else {}
                args, kwargs = draw.case(operator, **wide)
                found = trial.run(args, kwargs)
                if found:
                    bad += 1
                    print(f"  NOT RIGHT {name}.{operator}({describe(args, kwargs)}): {found}")
                    break
            else:
                line.append(operator)
        print(f"{name}: {len(line)} operators agree with PyTorch on {count} inputs each: {', '.join(line)}", flush=True)
    print(f"{len(modules)} implementations, {bad} disagreements")
    return 1 if bad else 0


def wrong(count, only):
    bad = 0
    tally = {}
    for path in chosen("wrong", only):
        module = quiet_load(path)
        operator = module.OPERATOR
        tally[operator] = tally.get(operator, 0) + 1
        trial = Trial(operator, getattr(module, operator), ours)
        draw = Draw(zlib.crc32(path.stem.encode()))
        first, differing, tried = None, 0, 0
        for i in range(count):
            args, kwargs = draw.case(operator)
            found = trial.run(args, kwargs)
            tried += 1
            if found:
                differing += 1
                first = first or (i + 1, args, kwargs, found)
            if first and tried >= 200:
                break
        others = [o for o in OPERATORS if o != operator and hasattr(module, o)]
        also = getattr(module, "ALSO", [])
        for other in others:  # what else the file defines must be right, unless it says so
            trial = Trial(other, getattr(module, other), ours)
            for _ in range(300):
                args, kwargs = draw.case(other)
                found = trial.run(args, kwargs)
                if found:
                    break
            if bool(found) != (other in also):
                print(f"UNEXPECTED {path.stem}.{other} is {'wrong' if found else 'right'}: {found}")
                bad += 1
        if first is None:
            bad += 1
            print(f"NOT WRONG {path.stem}: {operator} agreed on {count} inputs")
            continue
        i, args, kwargs, found = first
        often = f"{100 * differing / tried:.0f} % differ"
        print(f"{path.stem}: {operator}, {often}; input {i}: ({describe(args, kwargs)}) {found}", flush=True)
    print(
        f"{sum(tally.values())} wrong files, {bad} unproved; " + ", ".join(f"{k} {v}" for k, v in sorted(tally.items()))
    )
    return 1 if bad else 0


VERDICTS = ("pass", "fail", "unreadable", "nothing to check", "timeout", "refused", "crash")
CANNOT_SAY = ("empty.py", "only_blanks.py", "utf16.py", "compressed_bytes.py")


def hostile(count, only):
    """Only read: whether each file says what verdict it expects. None is imported."""
    bad = 0
    tally = {}
    for path in sorted((HERE / "hostile").rglob("*.py")):
        if path.is_dir() or path.name in CANNOT_SAY:
            continue
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        line = next((t for t in text.splitlines() if t.strip().startswith('"""')), "").strip().strip('"')
        verdict = line.split(":")[0]
        tally[verdict] = tally.get(verdict, 0) + 1
        if not set(verdict.split(" or ")) <= set(VERDICTS):
            bad += 1
            print(f"{path.name}: the first docstring line names no verdict: {line!r}")
    print(", ".join(f"{k} {v}" for k, v in sorted(tally.items())), f"; {bad} without a verdict")
    return 1 if bad else 0


import verify_step5 as step5  # noqa: E402

step5.install(Oracle, Draw, OPERATORS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("right", "wrong", "hostile"))
    parser.add_argument("--count", type=int)
    parser.add_argument("--only", nargs="*")
    parsed = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    command = {"right": right, "wrong": wrong, "hostile": hostile}[parsed.which]
    sys.exit(command(parsed.count or {"right": 2000, "wrong": 4000, "hostile": 0}[parsed.which], parsed.only))
