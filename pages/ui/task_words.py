"""Words, in the page's language, for the tasks and what belongs to them."""

from rnn_core.words import N_

TASKS = {
    "adding": N_("Adding"),
    "adding-1997": N_("Adding, as in 1997"),
    "anbn": N_("aⁿbⁿ: counting"),
    "brackets": N_("Brackets"),
    "copy": N_("Copy"),
    "digits": N_("Digits, row by row"),
    "embedded-reber": N_("Embedded Reber grammar"),
    "flip-flop": N_("Flip-flop"),
    "forecast": N_("Forecast"),
    "next-char": N_("Next letter"),
    "parity": N_("Parity"),
    "parity-last": N_("Parity, asked at the end"),
    "reber": N_("Reber grammar"),
    "sentiment": N_("Sentiment"),
    "sine": N_("Sine"),
    "sines": N_("Several sines"),
}

TASK_NOTES = {  # what the numbers of a task mean, where that is not plain
    "digits": N_("each step is a row of the picture"),
    "forecast": N_("changes, in units of their root mean square"),
    "parity": N_("1: odd, 0: even"),
    "parity-last": N_("1: odd, 0: even"),
    "sentiment": N_("1: kind, 0: unkind"),
}

TASK_WORDS = (  # what the core calls its metrics and the guesses without memory
    N_("mean squared error"),
    N_("answers right"),
    N_("sequences right"),
    N_("symbols recalled"),
    N_("error ÷ error of “no change”"),
    N_("perplexity"),
    N_("always saying 1"),
    N_("always saying 0.5"),
    N_("looking only at the letter just read"),
    N_("saying when, not what"),
    N_("all ten equally likely"),
    N_("repeating pulses, and 0 between them"),
    N_("saying that nothing changes"),
    N_("the letters' frequencies alone"),
    N_("tossing a coin"),
    N_("the best guess from the words without their order"),
    N_("the best guess from the last value alone"),
    N_("the best multiple of the last value"),
)

DATA_SETS = {
    "sunspots": N_("sunspots"),
    "co2": N_("carbon dioxide"),
    "nile": N_("the Nile"),
    "en": N_("English"),
    "zh": N_("Chinese"),
}
