r"""Solutions of the exercises of Step 8: counts, ranks, base rates, leaks, and what a detector can be talked out of."""

import numpy as np


def confusion_matrix(y, predicted, classes):
    """Count true classes (rows) against predicted ones (columns)."""
    counts = np.bincount(np.asarray(y) * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def precision_at_prevalence(tpr, fpr, prevalence):
    """Of all alarms, the true ones."""
    true, false = np.asarray(prevalence) * tpr, (1 - np.asarray(prevalence)) * fpr
    return true / np.where(true + false > 0, true + false, 1)


def even_prevalence(tpr, fpr):
    r"""Find how frequent attacks must be, so that every second alarm of a detector is true.

    Args:
        tpr: The share of attacks that raise an alarm, above zero.
        fpr: The share of other examples that do, above zero.

    Returns:
        The share of attacks among all examples for which half of the alarms are true.
    """
    # as many true alarms as false ones: share * tpr = (1 - share) * fpr
    return fpr / (tpr + fpr)


def roc_auc(y, scores):
    """Share the pairs in which the positive example scores higher; ties count half."""
    y, scores = np.asarray(y), np.asarray(scores)
    ahead = np.sign(scores[y == 1][:, None] - scores[y == 0][None])
    return (1 + ahead.mean()) / 2


def standardise(x, train):
    """Measure in the units of the training rows."""
    known = np.asarray(x)[train]
    spread = np.where(np.ptp(known, axis=0) > 0, known.std(axis=0), 1)
    centre = np.where(np.ptp(known, axis=0) > 0, known.mean(axis=0), known[0])
    return (x - centre) / spread


def rows_that_leak():
    r"""Find data on which a scaler that has seen the test rows costs ten points of accuracy.

    The classifier takes each test row for the class whose mean, over the training rows, is nearer. It is tried twice:
    after `standardise(x, train)`, and after a scaler that was fitted on all rows.

    Returns:
        Features of shape (N, D), classes 0 and 1 of shape (N,), and the places of the training rows, of shape (T,).
        Both classes occur in training, at least one row is left for the test, and the first accuracy is the higher one
        by at least 0.1.
    """
    # The first feature tells the classes apart, the second hardly does. One far test row stretches the unit of the
    # first so much that only the second is left to go by.
    x = np.array([[0, -3], [0, 3], [2, -1], [2, 5], [0, 2], [2, 0], [1000, 1]], dtype=np.float64)
    return x, np.array([0, 0, 1, 1, 0, 1, 1]), np.arange(4)


def probe_loss(w, b, x, y, *, penalty=0.0):
    """The mean surprise, and half the penalty times the squared weights."""
    z = x @ w.T + b
    top = z.max(axis=1, keepdims=True)
    surprise = top[:, 0] + np.log(np.exp(z - top).sum(axis=1)) - z[np.arange(len(y)), y]
    return surprise.mean() + penalty / 2 * (w**2).sum()


def probe_gradient(w, b, x, y, *, penalty=0.0):
    """Error times feature."""
    z = x @ w.T + b
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p.T @ x / len(y) + penalty * w, p.mean(axis=0)


def safe_step(x, penalty):
    r"""Find a step of plain descent that never raises the loss of a probe, whatever the weights and the classes are.

    A step goes from $\theta$ to $\theta - t \nabla J(\theta)$. The curvature of $J$ is nowhere more than

    $$ L = \tfrac12 \lambda_{\max}\bigl(\tfrac1N \tilde X^{\mathsf T} \tilde X\bigr) + \lambda , $$

    where $\tilde X$ is $X$ with a column of ones for the bias.

    Args:
        x: Features of shape (N, D).
        penalty: The factor $\lambda > 0$ of the penalty.

    Returns:
        A step t that is safe, and not timid: at least a fourth of $1/L$.
    """
    # within 2 / L the loss lies below a parabola that falls; 1 / L leads to that parabola's lowest point
    wide = np.append(x, np.ones((len(x), 1)), axis=1)
    largest = np.linalg.eigvalsh(wide.T @ wide / len(x))[-1]
    return 1 / (largest / 2 + penalty)


def recall_at(y, scores, false_alarms):
    r"""Find how many attacks a detector finds, if its threshold leaves only so many false alarms.

    An example raises an alarm if its score is at least the threshold, which may be any number.

    Args:
        y: 1 for attacks and 0 for other examples, of shape (N,); both occur.
        scores: A number for each example, of shape (N,).
        false_alarms: The largest allowed share of other examples that raise an alarm, from 0 to 1.

    Returns:
        The largest share of attacks that raise an alarm, over all thresholds that keep to this.
    """
    best = 0.0
    for threshold in scores:  # between two scores nothing changes, and above all of them nothing is found
        alarms = scores >= threshold
        if alarms[y == 0].mean() <= false_alarms:
            best = max(best, alarms[y == 1].mean())
    return best


def evade(w, b, x):
    r"""Make a picture pass for harmless by changing as few pixels as possible.

    A linear detector raises an alarm if $\langle w, x \rangle + b > 0$. Every pixel may become any number from 0 to 1.

    Args:
        w: The detector's weights, of shape (D,).
        b: Its bias. It is such that some picture raises no alarm.
        x: A picture of D pixels between 0 and 1.

    Returns:
        A picture of D pixels between 0 and 1 that raises no alarm and differs from x in as few places as possible.
    """
    best = np.where(w > 0, 0.0, 1.0)  # what each pixel should be
    gains = w * (x - best)
    changed = x.astype(np.float64)
    for place in np.argsort(-gains):  # the most useful pixel first: no other choice of as many gains more
        if changed @ w + b <= 0:
            break
        changed[place] = best[place]
    return changed


def adapted_features(maps, eps=1e-05):
    r"""Compute features with the statistics of the pictures themselves, without any label.

    Every channel is normalised over all pictures and places to the mean 0 and the variance 1, then rectified, then
    averaged over its places.

    Args:
        maps: What a convolution answered, of shape (N, F, H, W).
        eps: Added to the variance.

    Returns:
        Features of shape (N, F).
    """
    # A network of random weights deserves these: without them the brightness of the pictures decides which rectifiers
    # are silent, and the baseline is weaker than it need be.
    centred = maps - maps.mean(axis=(0, 2, 3), keepdims=True)
    normal = centred / np.sqrt(maps.var(axis=(0, 2, 3), keepdims=True) + eps)
    return np.maximum(normal, 0).mean(axis=(2, 3))
