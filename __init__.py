"""Better answers from a local language model by spending compute at inference wisely."""

__version__ = "0.1.0"
