"""Built-in plugins. They are declared through the same hooks as a stranger's package."""

BUILTINS = (
    "reasontree.plugins.strategies.greedy",
    "reasontree.plugins.strategies.majority",
    "reasontree.plugins.strategies.best_of_n",
    "reasontree.plugins.strategies.weighted_majority",
    "reasontree.plugins.strategies.adaptive_consistency",
    "reasontree.plugins.strategies.beam",
    "reasontree.plugins.strategies.dvts",
    "reasontree.plugins.strategies.particle_filtering",
    "reasontree.plugins.strategies.rebase",
    "reasontree.plugins.strategies.mcts",
    "reasontree.plugins.strategies.ab_mcts",
    "reasontree.plugins.policies.llama_cpp",
    "reasontree.plugins.policies.simulated",
    "reasontree.plugins.scorers.confidence",
    "reasontree.plugins.scorers.value_head",
    "reasontree.plugins.graders.math",
    "reasontree.plugins.votes.majority",
    "reasontree.plugins.votes.weighted",
    "reasontree.plugins.votes.best",
    "reasontree.plugins.models.catalog",
)
