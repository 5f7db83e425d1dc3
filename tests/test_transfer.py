"""Step 8 against its outside: scikit-learn, PyTorch, the photographs, and the features that come with the book."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics as theirs
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from cnnspec import zoo
from cnnspec.arguments import Array
from cnnspec.book.figures import _sample
from cnnspec.check.run import run_law
from cnnspec.laws import all_laws
from cnnspec.laws.operators import BOOK
from cnnspec.transfer import backbone, classifier, experiments, features, lite, metrics, probe, splits
from cnnspec.transfer.network import FEATURES, lite0
from cnnspec.transfer.screenshots import CLASSES, SCENES, Screenshot, collection

# Metrics and probe, beside scikit-learn's


@pytest.mark.parametrize("seed", range(5))
def test_metrics_are_scikit_learns(seed: int) -> None:
    dice = np.random.default_rng(seed)
    p = dice.dirichlet(np.ones(4) / 2, size=60)
    y, guess = dice.integers(0, 4, 60), p.argmax(axis=1)
    confusion = metrics.confusion_matrix(y, guess, 4)
    np.testing.assert_array_equal(confusion, theirs.confusion_matrix(y, guess, labels=range(4)))
    expected = theirs.precision_recall_fscore_support(y, guess, labels=range(4), zero_division=0)[:3]
    np.testing.assert_allclose(metrics.class_scores(confusion), expected)
    for average in ("micro", "macro"):
        assert metrics.f1_score(confusion, average) == pytest.approx(theirs.f1_score(y, guess, average=average))
    rounded = np.round(p[:, 0], 1)
    assert metrics.roc_auc((y == 0).astype(int), rounded) == pytest.approx(theirs.roc_auc_score(y == 0, rounded))
    false, true, _ = theirs.roc_curve(y == 0, rounded, drop_intermediate=False)
    np.testing.assert_allclose(classifier.roc_curve((y == 0).astype(int), rounded), (false, true))
    for k in (1, 2, 3):
        assert metrics.top_k_accuracy(p, y, k) == pytest.approx(theirs.top_k_accuracy_score(y, p, k=k))


def test_precision_at_the_prevalence_of_the_set_is_its_precision() -> None:
    y = np.array([1] * 20 + [0] * 80)
    guess = np.array([1] * 18 + [0] * 2 + [1] * 8 + [0] * 72)
    found = metrics.precision_at_prevalence(0.9, 0.1, 0.2)
    assert float(found) == pytest.approx(theirs.precision_score(y, guess))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_best_probe_is_scikit_learns(classes: int) -> None:
    dice = np.random.default_rng(classes)
    x, y = dice.standard_normal((40, 3)), dice.integers(0, classes, 40)
    w, b = probe.fit_probe(x, y, classes, penalty=0.3)
    regression = LogisticRegression(C=1 / (0.3 * 40), tol=1e-10, max_iter=10_000).fit(x, y)
    if classes == 2:  # scikit-learn keeps the difference of the rows, with half of the penalty
        w, b = probe.fit_probe(x, y, 2, penalty=0.6)
        np.testing.assert_allclose(w[1] - w[0], regression.coef_[0], atol=1e-5)
    else:
        np.testing.assert_allclose(w, regression.coef_, atol=1e-5)
        np.testing.assert_allclose(b, regression.intercept_ - regression.intercept_.mean(), atol=1e-5)


def test_ridge_and_scaler_are_scikit_learns() -> None:
    dice = np.random.default_rng(0)
    x, y, train = dice.standard_normal((9, 4)), dice.standard_normal(9), np.array([5, 0, 2, 7])
    expected = Ridge(alpha=0.7, fit_intercept=False).fit(x, y).coef_
    np.testing.assert_allclose(probe.ridge(x, y, 0.7), expected)
    np.testing.assert_allclose(probe.ridge_dual(x, y, 0.7), expected)
    np.testing.assert_allclose(splits.standardise(x, train), StandardScaler().fit(x[train]).transform(x))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: metrics.confusion_matrix([0, 1], [0], 2), "predicted must have one class for each of 2 examples"),
        (lambda: metrics.confusion_matrix([0, 2], [0, 1], 2), "y must lie between 0 and 1"),
        (lambda: metrics.confusion_matrix([0.0], [0], 2), "y must hold whole numbers"),
        (lambda: metrics.class_scores([[1, 2]]), "confusion must be a square matrix"),
        (lambda: metrics.f1_score([[1]], "weighted"), 'average must be "micro" or "macro"'),
        (lambda: metrics.roc_auc([1, 1], [0.1, 0.2]), "y must have positive and negative examples"),
        (lambda: metrics.roc_auc([1, 0], [0.1]), "scores must have one number for each of 2"),
        (lambda: metrics.precision_at_prevalence(0.5, 1.5, 0.1), "fpr must lie between 0 and 1"),
        (lambda: metrics.precision_at_prevalence("x", 0.5, 0.1), "tpr must hold numbers"),
        (lambda: metrics.calibration_error([[1.0]], [0, 0]), "y must have one class for each of 1"),
        (lambda: metrics.top_k_accuracy([[1.0]], [0], 0), "k must be at least 1"),
        (lambda: probe.fit_probe([[1.0], [2.0]], [0, 0], 2), "y must have every class"),
        (
            lambda: probe.fit_probe([[1.0], [2.0]], [0, 1], 2, penalty=0.0),
            "penalty must be positive for these features",
        ),
        (lambda: probe.probe_loss([[1.0, 2.0]], [0.0], [[1.0]], [0]), "w must have 1 weights per row"),
        (lambda: probe.probe_gradient([[1.0]], [0.0, 1.0], [[1.0]], [0]), "b must have 1 numbers"),
        (lambda: probe.ridge([[1.0]], [1.0, 2.0]), "y must have one target for each of 1"),
        (lambda: probe.ridge_dual([[1.0]], [1.0], 0.0), "penalty must be positive"),
        (lambda: splits.standardise([[1.0]], [1]), "train must lie between 0 and 0"),
        (lambda: splits.standardise([[1.0]], [0.5]), "train must hold whole numbers"),
        (lambda: splits.group_folds([0, 0], 2), "folds must be at most the number of groups"),
        (lambda: splits.group_folds([0.5, 1], 2), "groups must hold whole numbers"),
        (lambda: list(collection(0)), "campaigns must be at least 1"),
    ],
)
def test_a_bad_argument_is_refused_in_one_sentence(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((ValueError, TypeError), match=sentence):
        call()


def test_a_frozen_network_keeps_the_dtype() -> None:
    x, ones = np.ones((1, 1, 3, 3), dtype=np.float32), np.ones(1, dtype=np.float32)
    assert backbone.frozen_features(x, x[:, :, :2, :2], ones, ones, ones, ones).dtype == np.float32


def solution() -> dict[str, object]:
    """The book's own solution of the exercises."""
    path = Path(__file__).parents[1] / "cnnspec" / "exercises" / "transfer.py"
    names: dict[str, object] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return {name: value for name, value in names.items() if name in BOOK}


def in_loops() -> dict[str, object]:
    """The same operators by someone who writes loops, and checks nothing."""

    def confusion_matrix(y, predicted, classes):  # type: ignore[no-untyped-def]
        counts = np.zeros((classes, classes))
        for i, j in zip(y, predicted, strict=True):
            counts[i][j] += 1.0
        return counts

    def precision_at_prevalence(tpr, fpr, prevalence):  # type: ignore[no-untyped-def]
        true, false = np.broadcast_arrays(tpr * prevalence, fpr * (1.0 - prevalence))
        answers = [t / (t + f) if t + f > 0 else 0.0 for t, f in zip(true.flat, false.flat, strict=True)]
        return np.reshape(answers, true.shape)

    def roc_auc(y, scores):  # type: ignore[no-untyped-def]
        # the area under the curve itself, from one threshold to the next, in trapezoids
        area = before_x = before_y = 0.0
        for threshold in sorted(set(scores.tolist()), reverse=True):
            alarms = scores >= threshold
            x, height = np.mean(alarms[y == 0]), np.mean(alarms[y == 1])
            area += (x - before_x) * (height + before_y) / 2
            before_x, before_y = x, height
        return area

    def standardise(x, train):  # type: ignore[no-untyped-def]
        z = np.empty(x.shape)
        for d in range(x.shape[1]):
            column = x[train, d]
            mean = sum(column) / len(column)
            deviation = (sum((column - mean) ** 2) / len(column)) ** 0.5
            z[:, d] = (x[:, d] - mean) / (deviation or 1.0)
        return z

    def probe_loss(w, b, x, y, *, penalty=0.0):  # type: ignore[no-untyped-def]
        total = 0.0
        for row, label in zip(x, y, strict=True):
            logits = [float(np.dot(weights, row) + shift) for weights, shift in zip(w, b, strict=True)]
            total += np.logaddexp.reduce(logits) - logits[label]
        return total / len(x) + 0.5 * penalty * float(np.linalg.norm(w)) ** 2

    def probe_gradient(w, b, x, y, *, penalty=0.0):  # type: ignore[no-untyped-def]
        dw, db = penalty * w, np.zeros(len(b))
        for row, label in zip(x, y, strict=True):
            logits = w @ row + b
            error = np.exp(logits - np.logaddexp.reduce(logits))
            error[label] -= 1
            dw, db = dw + np.outer(error, row) / len(x), db + error / len(x)
        return dw, db

    return {name: value for name, value in locals().items() if callable(value)}


@pytest.mark.parametrize("style", [solution, in_loops])
def test_no_public_law_calls_a_right_operator_wrong(style) -> None:  # type: ignore[no-untyped-def]
    subject = style()
    asked = [law for law in all_laws().values() if law.needs[0] in subject and not law.extended]
    assert len(subject) == 6
    assert len(asked) > 25
    for law in asked:
        result = run_law(law, subject, examples=25)  # type: ignore[arg-type]
        assert result.status == "pass", (law.id, result.message, result.drawn)


def test_an_interval_that_is_solved_as_an_equation_keeps_the_laws() -> None:
    def wilson_interval(hits: int, count: int, z: float = 1.959963984540054) -> tuple[float, ...]:
        p = hits / count
        return tuple(np.sort(np.roots([1 + z**2 / count, -(2 * p + z**2 / count), p**2]).real))

    for law in all_laws().values():
        if law.needs[0] == "wilson_interval":
            result = run_law(law, {"wilson_interval": wilson_interval}, examples=25)
            assert result.status == "pass", (law.id, result.message, result.drawn)


# Screenshots


def test_screenshots_are_the_same_every_time_and_differ_among_themselves() -> None:
    shots = [Screenshot(label, campaign, 1) for label in range(4) for campaign in (0, 1)]
    files = [shot.jpeg for shot in shots]
    assert Screenshot(2, 1, 1).jpeg == files[5]
    assert len({hashlib.sha256(file).hexdigest() for file in files}) == len(files)
    assert all(shot.image.mode == "RGB" and min(shot.image.size) >= 720 for shot in shots)
    assert Screenshot(2, 1, 1, seed=1).jpeg != files[5]


def test_a_campaign_is_a_group_of_one_class_and_scene() -> None:
    shots = list(collection(15, 2))
    assert len(shots) == 4 * 15 * 2
    assert len({shot.group for shot in shots}) == 4 * 15
    for group in {shot.group for shot in shots}:
        assert len({(shot.label, shot.scene) for shot in shots if shot.group == group}) == 1
    assert len({shot.scene for shot in shots}) == sum(map(len, SCENES))


@pytest.mark.slow
def test_every_scene_can_be_drawn() -> None:
    for label, scenes in enumerate(SCENES):
        for campaign in range(len(scenes)):
            assert len(Screenshot(label, campaign, 0, seed=3).jpeg) > 5000


# The network


def photographs() -> Array:
    return np.stack([lite.central(Image.fromarray(_sample(name))) for name in ("china", "flower")])


def test_lite0_has_the_published_numbers() -> None:
    figures, zoos = zoo.figures(lite0()), zoo.figures(zoo.build("paper/efficientnet_lite0"))
    assert (figures.parameters, figures.macs) == (4_652_008, 385_187_552) == (zoos.parameters, zoos.macs)


def test_features_do_not_depend_on_the_batch() -> None:
    x = photographs()
    together = lite.features(x, lite.untrained())
    alone = np.concatenate([lite.features(x[n : n + 1], lite.untrained()) for n in (0, 1)])
    assert together.shape == (2, FEATURES)
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-5)


@pytest.mark.pretrained
def test_the_photographs_are_a_palace_and_a_flower() -> None:
    z = lite.logits(photographs(), lite.pretrained())
    assert z.argmax(axis=1).tolist() == [698, 985]  # palace; daisy


@pytest.mark.pretrained
def test_the_wrong_borders_give_other_answers() -> None:
    ours, theirs, weights = lite0(), zoo.build("paper/efficientnet_lite0"), lite.pretrained()
    renamed = {
        other: weights[name]
        for part in ("parameters", "buffers")
        for name, other in zip(getattr(ours, part), getattr(theirs, part), strict=True)
    }
    x = photographs()
    right, wrong = lite.logits(x, weights), zoo.forward(theirs, renamed, x)
    assert 0.5 < np.abs(right - wrong).max() < np.abs(right).max() / 4


@pytest.mark.torch
@pytest.mark.parametrize("which", ["untrained", pytest.param("pretrained", marks=pytest.mark.pretrained)])
def test_logits_are_pytorchs(which: str) -> None:
    torch = pytest.importorskip("torch")
    weights = getattr(lite, which)()
    x = photographs()
    expected = in_torch(torch, x, {name: torch.tensor(value) for name, value in weights.items()})
    found = lite.logits(x, weights)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def in_torch(torch, x, weights):  # type: ignore[no-untyped-def]
    """Lite0 once more, in `torch.nn.functional` and in its own words."""
    F = torch.nn.functional

    def layer(x, convolution, norm, stride=1, active=True):  # type: ignore[no-untyped-def]
        w = weights[f"{convolution}.weight"]
        kernel, size = w.shape[-1], x.shape[-1]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        x = F.pad(x, (total // 2, total - total // 2) * 2)
        x = F.conv2d(x, w, stride=stride, groups=x.shape[1] if w.shape[1] == 1 else 1)
        parts = (weights[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        x = F.batch_norm(x, *parts, eps=1e-3)
        return F.relu6(x) if active else x

    with torch.no_grad():
        x = layer(torch.tensor(x), "_conv_stem", "_bn0", 2)
        strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
        for i, stride in enumerate(strides):
            y, name = x, f"_blocks.{i}"
            if i:
                y = layer(y, f"{name}._expand_conv", f"{name}._bn0")
            y = layer(y, f"{name}._depthwise_conv", f"{name}._bn1", stride)
            y = layer(y, f"{name}._project_conv", f"{name}._bn2", active=False)
            x = x + y if x.shape == y.shape else y
        x = layer(x, "_conv_head", "_bn1").mean(dim=(2, 3))
        return F.linear(x, weights["_fc.weight"], weights["_fc.bias"]).numpy()


# What comes with the book


def test_the_kept_features_belong_to_the_screenshots() -> None:
    found, shots = features.kept(), features.everything()
    assert found.labels.tolist() == [shot.label for shot in shots]
    assert found.campaigns.tolist() == [shot.group for shot in shots]
    assert [found.names[scene] for scene in found.scenes] == [shot.scene for shot in shots]
    for place in (0, 250, 479):
        difference = features.thumbnail(shots[place].image).astype(int) - found.pixels[place]
        assert np.abs(difference).max() <= 1
    fresh = lite.features(lite.whole(shots[250].image)[None], lite.untrained())[0]
    assert np.abs(fresh - found.untrained[250]).max() < 0.02 * np.ptp(found.untrained)


@pytest.mark.pretrained
def test_the_kept_features_are_those_one_would_compute_again() -> None:
    found, shots = features.kept(), features.everything()
    step = np.ptp(found.pretrained, axis=0) / 255
    for place in (7, 300):
        fresh = lite.features(lite.whole(shots[place].image)[None], lite.pretrained())[0]
        assert np.all(np.abs(fresh - found.pretrained[place]) <= 0.51 * step + 1e-4)


def test_the_same_features_make_the_same_file(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    found = features.kept()
    assert features.pack(found) == features.pack(found)
    assert hashlib.sha256(features.FILE.read_bytes()).hexdigest() == features.SHA256
    assert features.FILE.stat().st_size < 1_500_000
    other = tmp_path / "features.npz"
    other.write_bytes(features.FILE.read_bytes() + b"x")
    monkeypatch.setattr(features, "FILE", other)
    features.kept.cache_clear()
    with pytest.raises(ValueError, match="its checksum is another one"):
        features.kept()
    features.kept.cache_clear()


def test_pretrained_features_beat_random_ones_and_pixels() -> None:
    found = features.kept()
    means = {
        name: experiments.learning_curve(x, found.labels, found.campaigns, sizes=(50,), seeds=3).mean()
        for name, x in classifier.inputs(found).items()
    }
    assert means["pretrained features"] > 0.6
    assert means["pretrained features"] > means["random-weight features"] + 0.2
    assert means["pretrained features"] > means["raw pixels"] + 0.2


def test_shuffled_labels_teach_nothing() -> None:
    found = features.kept()
    names, places = np.unique(found.campaigns, return_inverse=True)
    meaningless = (np.random.default_rng(0).permutation(len(names)) % 4)[places]
    p = classifier.out_of_fold(found.pretrained, meaningless, found.campaigns)
    assert abs(np.mean(p.argmax(axis=1) == meaningless) - 0.25) < 0.1


def test_no_campaign_is_on_both_sides_and_small_sets_are_parts_of_large_ones() -> None:
    found = features.kept()
    for seed in range(3):
        pool, test = experiments.held_out(found.labels, found.campaigns, seed)
        assert not set(found.campaigns[pool]) & set(found.campaigns[test])
        few, many = (experiments.pictures_per_class(found.labels, pool, n, seed) for n in (2, 5))
        assert set(few) < set(many) <= set(pool)
        assert np.bincount(found.labels[few]).tolist() == [2] * len(CLASSES)


def test_the_short_way_of_the_learning_curve_changes_no_prediction() -> None:
    found = features.kept()
    pool, test = experiments.held_out(found.labels, found.campaigns, 0)
    train = experiments.pictures_per_class(found.labels, pool, 5, 0)
    plain = classifier.classifier().fit(found.pretrained[train], found.labels[train])
    accuracy = plain.score(found.pretrained[test], found.labels[test])
    short = experiments.learning_curve(found.pretrained, found.labels, found.campaigns, sizes=(5,), seeds=1)[0, 0]
    assert abs(accuracy - short) < 0.015
