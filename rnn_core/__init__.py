"""Unrolled's core: recurrent networks with everything in view. Needs NumPy alone; knows no screen."""

from rnn_core.bptt import bptt
from rnn_core.experiment import Experiment
from rnn_core.invalid import Invalid
from rnn_core.params import init_params
from rnn_core.unroll import unroll

__all__ = ["Experiment", "Invalid", "bptt", "init_params", "unroll"]
