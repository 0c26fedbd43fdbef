"""The study: accuracy against compute, for models, strategies and numbers of samples.

`spec` says what to search, `plan` what of it must be searched, `running` and `workers` search it, `measuring`
turns what was recorded into cells with figures, `comparing` sets them against each other, `report` and its
figures show them, and `advising` chooses among them.
"""
