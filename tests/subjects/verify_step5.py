"""The part of verify.py for Step 5: layers around the convolution, and every backward pass.

Not run by itself; `verify.py` imports it and adds its operators to its own.
"""

import numpy as np

STEP_5 = [
    "relu",
    "linear",
    "softmax",
    "cross_entropy",
    "batch_norm2d",
    "conv2d_backward",
    "max_pool2d_backward",
    "avg_pool2d_backward",
    "relu_backward",
    "linear_backward",
    "cross_entropy_backward",
    "batch_norm2d_backward",
    "receptive_field",
    "residual_block",
]


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


class Formulas:
    """Each operator as its formula, added to the oracle of verify.py."""

    @staticmethod
    def relu(x):
        return np.where(x > 0, x, np.zeros_like(x))

    @staticmethod
    def linear(x, w, b=None):
        y = np.zeros((x.shape[0], w.shape[0]), x.dtype)
        for n, f in np.ndindex(*y.shape):
            y[n, f] = (x[n] * w[f]).sum() + (0 if b is None else b[f])
        return y

    @staticmethod
    def softmax(z, axis=-1):
        powers = np.exp(z - z.max(axis=axis, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)

    @staticmethod
    def cross_entropy(z, y):
        top = z.max(axis=1)
        rows = np.log(np.exp(z - top[:, None]).sum(axis=1)) + top - z[np.arange(len(y)), y]
        return float(rows.mean())

    @staticmethod
    def batch_norm2d(x, gamma, beta, *, eps=1e-5):
        y = np.empty_like(x)
        for c in range(x.shape[1]):
            v = x[:, c]
            y[:, c] = gamma[c] * (v - v.mean()) / np.sqrt(((v - v.mean()) ** 2).mean() + eps) + beta[c]
        return y

    @staticmethod
    def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
        s, p, d = pair(stride), pair(padding), pair(dilation)
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        f, depth, kh, kw = w.shape
        for q, i, j, e, a, b in np.ndindex(f, dy.shape[2], dy.shape[3], depth, kh, kw):
            r, t = i * s[0] + a * d[0] - p[0], j * s[1] + b * d[1] - p[1]
            if 0 <= r < x.shape[2] and 0 <= t < x.shape[3]:
                c = q // (f // groups) * depth + e
                dx[:, c, r, t] += dy[:, q, i, j] * w[q, e, a, b]
                dw[q, e, a, b] += (dy[:, q, i, j] * x[:, c, r, t]).sum()
        return dx, dw, dy.sum(axis=(0, 2, 3))

    @staticmethod
    def windows(shape, size, stride, padding):
        k, p = pair(size), pair(padding)
        s = k if stride is None else pair(stride)
        for i in range((shape[2] + 2 * p[0] - k[0]) // s[0] + 1):
            for j in range((shape[3] + 2 * p[1] - k[1]) // s[1] + 1):
                top, left = i * s[0] - p[0], j * s[1] - p[1]
                inside = slice(max(top, 0), min(top + k[0], shape[2])), slice(max(left, 0), min(left + k[1], shape[3]))
                yield i, j, inside

    @staticmethod
    def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):
        dx = np.zeros_like(x)
        for i, j, (rows, columns) in Formulas.windows(x.shape, size, stride, padding):
            for n, c in np.ndindex(*x.shape[:2]):
                window = x[n, c, rows, columns]
                r, t = np.unravel_index(window.argmax(), window.shape)
                dx[n, c, rows.start + r, columns.start + t] += dy[n, c, i, j]
        return dx

    @staticmethod
    def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
        dx = np.zeros_like(x)
        k = pair(size)
        for i, j, (rows, columns) in Formulas.windows(x.shape, size, stride, padding):
            real = (rows.stop - rows.start) * (columns.stop - columns.start)
            dx[:, :, rows, columns] += (dy[:, :, i, j] / (k[0] * k[1] if count_include_pad else real))[:, :, None, None]
        return dx

    @staticmethod
    def relu_backward(dy, x):
        return np.where(x > 0, dy, np.zeros_like(dy))

    @staticmethod
    def linear_backward(dy, x, w):
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for n, f in np.ndindex(*dy.shape):
            dx[n] += dy[n, f] * w[f]
            dw[f] += dy[n, f] * x[n]
        return dx, dw, dy.sum(axis=0)

    @staticmethod
    def cross_entropy_backward(z, y):
        dz = Formulas.softmax(z)
        dz[np.arange(len(y)), y] -= 1
        return dz / len(y)

    @staticmethod
    def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
        dx, dgamma, dbeta = np.empty_like(x), np.empty_like(gamma), np.empty_like(gamma)
        for c in range(x.shape[1]):
            v, g = x[:, c], dy[:, c]
            deviation = np.sqrt(((v - v.mean()) ** 2).mean() + eps)
            normal = (v - v.mean()) / deviation
            dx[:, c] = gamma[c] / deviation * (g - g.mean() - normal * (g * normal).mean())
            dgamma[c], dbeta[c] = (g * normal).sum(), g.sum()
        return dx, dgamma, dbeta

    @staticmethod
    def receptive_field(layers):
        field = 1
        for kernel, stride, dilation in reversed(layers):
            field = (field - 1) * stride + dilation * (kernel - 1) + 1
        return field

    @staticmethod
    def residual_block(x, branch):
        return x + branch(x)


class Cases:
    """Arguments that the contract allows, added to Draw of verify.py."""

    def relu(self):
        self.start()
        return [self.array(*[self.int(1, 5) for _ in range(self.int(1, 4))])], {}

    def linear(self):
        self.start()
        n, d, f = self.int(1, 5), self.int(1, 6), self.int(1, 6)
        args = [self.array(n, d), self.array(f, d)]
        if self.chance(0.6):
            args.append(self.array(f))
        return args, {}

    def softmax(self):
        self.start()
        shape = [self.int(1, 5) for _ in range(self.int(1, 3))]
        axis = self.int(-len(shape), len(shape) - 1)
        return [self.array(*shape)], {} if axis == -1 and self.chance(0.5) else {"axis": axis}

    def logits(self):
        self.start()
        n, c = self.int(1, 5), self.int(1, 6)
        return [self.array(n, c), self.rng.integers(0, c, n)], {}

    cross_entropy = cross_entropy_backward = logits

    def maps(self):
        self.start()
        if self.kind == "huge_negative":
            self.kind = "offset"  # small differences on top of a large mean
        while True:
            shape = self.int(1, 4), self.int(1, 4), self.int(1, 5), self.int(1, 5)
            if shape[0] * shape[2] * shape[3] > 1:
                return shape

    def norm_options(self):
        return {} if self.chance(0.5) else {"eps": float(self.rng.choice([1e-5, 1e-3, 0.1, 1.0]))}

    def batch_norm2d(self):
        shape = self.maps()
        x = self.array(*shape)
        self.kind = "normal" if self.kind in ("offset", "big") else self.kind
        return [x, self.array(shape[1]), self.array(shape[1])], self.norm_options()

    def batch_norm2d_backward(self):
        shape = self.maps()
        x = self.array(*shape)
        self.kind = "normal" if self.kind in ("offset", "big") else self.kind
        return [self.array(*shape), x, self.array(shape[1])], self.norm_options()

    def conv2d_backward(self):
        args, options = self.conv2d()
        x, w = args[:2]
        shape = type(self).oracle.conv2d(np.zeros(x.shape), np.zeros(w.shape), **options).shape
        return [self.array(*shape), x, w], options

    def pool_backward(self, operator):
        args, options = self.pooling(dilated=False)
        x, size = args
        options = {"stride": options["stride"], "padding": options["padding"]}
        if operator == "avg_pool2d":
            options["count_include_pad"] = self.chance(0.5)
        shape = getattr(type(self).oracle, operator)(x, size, **options).shape
        return [self.array(*shape), x, size], self.options(None, **options)

    def max_pool2d_backward(self):
        return self.pool_backward("max_pool2d")

    def avg_pool2d_backward(self):
        return self.pool_backward("avg_pool2d")

    def relu_backward(self):
        (x,), _ = Cases.relu(self)
        return [self.array(*x.shape), x], {}

    def linear_backward(self):
        (x, w, *_), _ = Cases.linear(self)
        return [self.array(len(x), len(w)), x, w], {}

    def receptive_field(self):
        return [[(self.int(1, 7), self.int(1, 3), self.int(1, 3)) for _ in range(self.int(1, 6))]], {}

    def residual_block(self):
        self.start()
        x = self.array(*[self.int(1, 4) for _ in range(4)])
        name, branch = (
            ("2v", lambda v: v * 2),
            ("v", lambda v: v),
            ("-v", lambda v: -v),
            ("zeros", np.zeros_like),
            ("reversed", lambda v: v[..., ::-1]),
        )[self.int(0, 4)]
        branch.__name__ = name if name != "zeros" else branch.__name__
        return [x, branch], {}


def torch_answer(operator, args, kwargs):
    import torch
    import torch.nn.functional as F  # noqa: N812

    if operator == "receptive_field":
        # count the pixels that a network of ones listens to, in PyTorch
        size = Formulas.receptive_field(args[0]) + 3
        x = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
        y = x
        cells = 0
        for kernel, stride, dilation in args[0]:
            y = F.conv1d(y, torch.ones(1, 1, kernel, dtype=torch.float64), None, stride, 0, dilation)
        y[0, 0, 0].backward()
        cells = torch.nonzero(x.grad[0, 0])[:, 0]
        return int(cells.max() - cells.min() + 1)
    if operator == "residual_block":
        return args[0] + args[1](args[0])
    # in C order: the gradients of PyTorch 2.13's batch_norm are wrong for strides (1, 1, 4, 4) of a (1, 4, 1, 4) array
    a = [q if isinstance(q, int | tuple) else torch.tensor(np.array(q, order="C")) for q in args]
    if operator == "relu":
        return F.relu(a[0]).numpy()
    if operator == "linear":
        return F.linear(*a).numpy()
    if operator == "softmax":
        return F.softmax(a[0], dim=kwargs.get("axis", -1)).numpy()
    if operator == "cross_entropy":
        return float(F.cross_entropy(*a))
    if operator == "batch_norm2d":
        return F.batch_norm(a[0], None, None, a[1], a[2], training=True, eps=kwargs.get("eps", 1e-5)).numpy()
    if operator == "cross_entropy_backward":
        z = a[0].requires_grad_()
        F.cross_entropy(z, a[1]).backward()
        return z.grad.numpy()
    dy, x = a[0], a[1].requires_grad_()
    if operator == "relu_backward":
        F.relu(x).backward(dy)
        return x.grad.numpy()
    if operator == "max_pool2d_backward":
        F.max_pool2d(x, a[2], **kwargs).backward(dy)
        return x.grad.numpy()
    if operator == "avg_pool2d_backward":
        F.avg_pool2d(x, a[2], **kwargs).backward(dy)
        return x.grad.numpy()
    w = a[2].requires_grad_()
    b = torch.zeros(dy.shape[1], dtype=dy.dtype, requires_grad=True)
    if operator == "batch_norm2d_backward":
        F.batch_norm(x, None, None, w, b, training=True, eps=kwargs.get("eps", 1e-5)).backward(dy)
    elif operator == "linear_backward":
        F.linear(x, w, b).backward(dy)
    else:
        F.conv2d(x, w, b, **kwargs).backward(dy)
    return x.grad.numpy(), w.grad.numpy(), b.grad.numpy()


def magnitude(operator, args):
    """An upper bound for the sizes that rounding errors come from."""
    if operator in ("relu", "relu_backward", "receptive_field"):
        return 0.0
    tops = [float(np.abs(a).max()) for a in args if isinstance(a, np.ndarray)]
    if operator in ("softmax", "cross_entropy", "cross_entropy_backward"):
        return 4.0 + tops[0]
    if operator == "residual_block":
        return tops[0]
    if operator == "linear":
        return tops[0] * tops[1] * args[0].shape[1] + (tops[2] if len(tops) > 2 else 0.0)
    if operator == "max_pool2d_backward" or operator == "avg_pool2d_backward":
        return tops[0] * args[0][0, 0].size
    if operator == "linear_backward" or operator == "conv2d_backward":
        return tops[0] * (tops[1] + tops[2] + 1) * max(args[0].size, args[1].size)
    x = args[0] if operator == "batch_norm2d" else args[1]
    deviation = float(np.sqrt(x.astype(np.float64).var(axis=(0, 2, 3)).min() + 1e-5))
    spread = float((x.astype(np.float64).max(axis=(0, 2, 3)) - x.min(axis=(0, 2, 3))).max()) / deviation
    steep = 1 + float(np.abs(x).max()) / deviation
    if operator == "batch_norm2d":
        return (1 + tops[1]) * steep + tops[2]
    return tops[0] * (1 + tops[2] / deviation) * steep * (1 + spread**2) * x.size


def tie_rule(args, kwargs, got):
    """Check a gradient of max pooling where some window has several maxima: any valid rule will do."""
    dy, x, size = args
    total, allowed = np.zeros(x.shape[:2]), np.zeros(x.shape, bool)
    low, high = np.zeros(x.shape), np.zeros(x.shape)
    for i, j, (rows, columns) in Formulas.windows(x.shape, size, kwargs.get("stride"), kwargs.get("padding", 0)):
        window = x[:, :, rows, columns]
        best = window == window.max(axis=(2, 3), keepdims=True)
        allowed[:, :, rows, columns] |= best
        share = best * dy[:, :, i, j][:, :, None, None]
        alone = best & (best.sum(axis=(2, 3), keepdims=True) == 1)
        low[:, :, rows, columns] += np.where(alone, share, np.minimum(share, 0))
        high[:, :, rows, columns] += np.where(alone, share, np.maximum(share, 0))
        total += dy[:, :, i, j]
    if got.shape != x.shape or got.dtype != x.dtype:
        return f"shape or dtype {got.shape} {got.dtype}"
    bound = 64 * float(np.finfo(x.dtype).eps) * float(np.abs(dy).max()) * dy[0, 0].size
    if (np.abs(got[~allowed]) > 0).any():
        return "a cell that is no maximum gets a gradient"
    if (np.abs(got.astype(float).sum(axis=(2, 3)) - total) > bound).any():
        return "the gradients do not add up to those that came in"
    if (got < low - bound).any() or (got > high + bound).any():
        return "a cell gets more than its windows give"
    return None


def difference(operator, args, kwargs, got, expected, plain):
    """Return None when the answer is right, else a sentence; `plain` compares where there is one right answer."""
    if operator == "max_pool2d_backward":
        if not isinstance(got, np.ndarray):
            return f"expected an array, got {type(got).__name__}"
        assert tie_rule(args, kwargs, expected) is None, "the rule for ties does not fit the expected answer"
        return tie_rule(args, kwargs, got)
    if operator == "relu_backward" and isinstance(got, np.ndarray) and got.shape == expected.shape:
        # at zero every slope between 0 and 1 is a subgradient
        dy, x = args
        at_zero = (got * np.sign(dy) >= 0) & (np.abs(got) <= np.abs(dy)) & (x == 0)
        got = np.where(at_zero, expected, got).astype(got.dtype)
    if operator == "cross_entropy":
        if np.ndim(got) != 0 or not isinstance(got, float | np.floating | np.ndarray):
            return f"expected one number, got {got!r}"
        slack = 32 * np.finfo(args[0].dtype).eps * magnitude(operator, args)
        return None if got == expected or abs(float(got) - expected) <= slack else f"got {got}, expected {expected}"
    return plain(operator, args, got, expected)


def install(oracle, draw, operators):
    """Add formulas and cases to the classes of verify.py."""
    for name in STEP_5:
        setattr(oracle, name, staticmethod(getattr(Formulas, name)))
    for name, function in vars(Cases).items():
        if not name.startswith("__"):
            setattr(draw, name, function)
    draw.oracle = oracle
    operators.extend(STEP_5)
