"""Built-in plugins. They are declared through the same hooks as a stranger's package."""

BUILTINS = (
    "reasontree.plugins.strategies.greedy",
    "reasontree.plugins.strategies.majority",
    "reasontree.plugins.strategies.best_of_n",
    "reasontree.plugins.strategies.rebase",
    "reasontree.plugins.policies.llama_cpp",
    "reasontree.plugins.policies.simulated",
    "reasontree.plugins.scorers.confidence",
    "reasontree.plugins.scorers.self_judge",
    "reasontree.plugins.scorers.token_prm",
    "reasontree.plugins.graders.math",
    "reasontree.plugins.votes.majority",
    "reasontree.plugins.votes.weighted",
    "reasontree.plugins.votes.best",
    "reasontree.plugins.models.catalog",
)
