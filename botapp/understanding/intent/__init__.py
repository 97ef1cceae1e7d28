"""What a message is about: labels learnt from examples, with a confidence that can be relied on.

Pure: examples and models are data passed in. Only `training` and `logistic` may be slow; what serves needs no training.
"""
