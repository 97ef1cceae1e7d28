"""The numbers that all here are made of."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
