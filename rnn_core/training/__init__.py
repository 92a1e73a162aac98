"""Training: engines that update a network, and the Run that drives one. torch is imported only where it is used."""

from rnn_core.training.run import Report, Run

__all__ = ["Report", "Run"]
