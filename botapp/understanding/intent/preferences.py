"""Which grams the texts of each label prefer: multinomial naive Bayes, as weights that add to a linear machine's."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from botapp.understanding.intent.floats import Floats

_SMOOTHING = 0.1  # of a gram that a label never had


def preferences(rows: sparse.csr_matrix, labels: NDArray[np.str_], names: NDArray[np.str_]) -> Floats:
    """By column and label by how much likelier the gram is there than under the labels on average, as a logarithm.

    `names`: every label once, in the order of the alphabet. Labels with many texts are not preferred for that.
    """
    places = np.searchsorted(names, labels)
    members = sparse.csr_matrix((np.ones(len(labels), np.float32), (places, np.arange(len(labels)))))
    counted = (members @ rows).toarray() + np.float32(_SMOOTHING)
    chances = np.log(counted / counted.sum(axis=1, keepdims=True))
    return np.ascontiguousarray((chances - chances.mean(axis=0)).T)
