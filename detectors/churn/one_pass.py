"""River's scaler and AdaGrad with the same numbers in less time: learning is much of what a replay costs.

    pipeline   StandardScaler | clip | LogisticRegression(AdaGrad)
    here       the scaler learns, scales and clips in one pass; AdaGrad asks for its rate once, and passes
               over inputs that are zero: nothing changes for them

The objects are River's own, with River's state; a test compares them with the plain pipeline, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from river import optim, preprocessing

CLIP = 4.0  # standard deviations; what is beyond says no more than that


def clip(scaled: Mapping[str, float]) -> dict[str, float]:
    """Keep scaled features within `CLIP`.

    >>> clip({"recency": 9.0, "tenure": -0.5})
    {'recency': 4.0, 'tenure': -0.5}
    """
    return {name: min(max(value, -CLIP), CLIP) for name, value in scaled.items()}


class Scaler(preprocessing.StandardScaler):  # type: ignore[misc]
    """A `StandardScaler` that does what learning needs at once."""

    def learn_and_clip(self, x: Mapping[str, float]) -> dict[str, float]:
        """The same as `learn_one(x)`, then `clip(transform_one(x))`.

        >>> scaler, plain = Scaler(), preprocessing.StandardScaler()
        >>> for x in ({"a": 1.0}, {"a": 4.0}):
        ...     plain.learn_one(x)
        ...     scaler.learn_and_clip(x) == clip(plain.transform_one(x))
        True
        True
        """
        counts, means, variances = self.counts, self.means, self.vars
        scaled = {}
        for name, value in x.items():
            count = counts[name] = counts[name] + 1
            old = means[name]
            away = value - old
            mean = means[name] = old + away / count
            left, variance = value - mean, variances[name]
            variance = variances[name] = variance + (away * left - variance) / count
            if variance:
                found = left / variance**0.5
                scaled[name] = -CLIP if found < -CLIP else min(found, CLIP)
            else:
                scaled[name] = 0.0
        return scaled


class AdaGrad(optim.AdaGrad):  # type: ignore[misc]
    """An `AdaGrad` whose rate is constant within a step."""

    def _step_with_dict(
        self, w: MutableMapping[str, float], g: Mapping[str, float]
    ) -> MutableMapping[str, float]:
        rate, least, squares = self.learning_rate, self.eps, self.g2
        for name, slope in g.items():
            if slope:
                square = squares[name] = squares[name] + slope**2
                w[name] -= rate / (square + least) ** 0.5 * slope
        return w
