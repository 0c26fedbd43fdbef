"""The tree of a search: a networkx DiGraph behind a small class.

A node is one step; the root is the prompt. Nodes are numbered in the order in which they were added, so a
parent's number is always smaller than its children's.

Where the user speaks again, a solution begins anew: what counts or joins the steps of a solution goes back to
the last step that replies to the user's own words, and no further.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import networkx as nx

from .records import Answer, End, Step
from .seeds import derive
from .turns import Exchange, reply_of, transcript_of

ROOT = 0


@dataclass(slots=True)
class Node:
    """A step and its place.

    Attributes:
        rank: Which child of its parent it is, from 0.
        round: The round that made it; 0 for the root.
        seed: Derived from the parent's seed and the rank, so that it names the place in the tree.
        n_tokens: Tokens of the solution up to and including this step, without prompt and user's words.
        n_steps: Steps of the solution up to and including this one.
        scores: Score in [0, 1] by the scorer's name.
        answer: What the grader read, for a finished solution.
    """

    id: int
    parent: int | None
    depth: int
    rank: int
    round: int
    seed: int
    step: Step
    end: End | None
    n_tokens: int
    n_steps: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    answer: Answer | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing can follow this node, unless the user speaks."""
        return self.end is not None

    def takes(self, said: str) -> bool:
        """Whether children can be added to it: a solution can be followed by the user's words alone."""
        return self.end is None or (self.end is End.STOP and bool(said))


class Tree:
    """All nodes of one search.

    Args:
        prompt: The root's step.
        seed: The root's seed; every other node's follows from it.
        scorer: The scorer whose scores `score` answers with.
    """

    def __init__(self, prompt: Step, *, seed: int = 0, scorer: str = "") -> None:
        self.graph: nx.DiGraph[int] = nx.DiGraph()
        self.scorer = scorer
        self._nodes: list[Node] = []
        self._by_depth: list[list[int]] = [[]]
        self._ended: list[int] = []
        self._n_children: list[int] = []
        self._n_reserved: list[int] = []
        self._place(Node(ROOT, None, 0, 0, 0, seed, prompt, None, 0))

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)

    def __getitem__(self, node: int) -> Node:
        return self._nodes[node]

    def __contains__(self, node: object) -> bool:
        return isinstance(node, int) and 0 <= node < len(self._nodes)

    @property
    def root(self) -> Node:
        """The prompt."""
        return self._nodes[ROOT]

    @property
    def depth(self) -> int:
        """The depth of the deepest node; the root's is 0."""
        return len(self._by_depth) - 1

    @property
    def ended(self) -> list[Node]:
        """All nodes that nothing can follow, oldest first."""
        return [self._nodes[node] for node in self._ended]

    @property
    def n_ended(self) -> int:
        """How many nodes nothing can follow."""
        return len(self._ended)

    @property
    def solutions(self) -> list[Node]:
        """The last nodes of all solutions that their policy ended, oldest first.

        A solution that was refined and its refinement are both among them, each with its own answer.
        """
        return [node for node in self.ended if node.end is End.STOP]

    def at_depth(self, depth: int) -> list[Node]:
        """Return the nodes of one depth, oldest first."""
        return [self._nodes[node] for node in self._by_depth[depth]] if depth <= self.depth else []

    def children(self, node: int) -> list[Node]:
        """Return the children of a node, by rank."""
        return [self._nodes[child] for child in self.graph.successors(node)]

    def n_children(self, node: int) -> int:
        """Count the children of a node."""
        return self._n_children[node]

    def path(self, node: int) -> list[Node]:
        """Return the nodes from the root to `node`, both included."""
        path: list[Node] = []
        at: int | None = node
        while at is not None:
            path.append(self._nodes[at])
            at = self._nodes[at].parent
        return path[::-1]

    def steps(self, node: int) -> tuple[Step, ...]:
        """Return the steps from the root's, which is the prompt, to the node's."""
        return tuple(each.step for each in self.path(node))

    def text(self, node: int) -> str:
        """Return the solution up to and including `node`, without the prompt; a reply is one of its own."""
        return "".join(step.text for step in reply_of(self.steps(node)[1:]))

    def transcript(self, node: int) -> list[Exchange]:
        """Return the conversation up to and including `node`: the user's words, and the replies to them."""
        return transcript_of(self.steps(node)[1:])

    def score(self, node: int) -> float | None:
        """Return the node's score in [0, 1], or None where it has none."""
        return self._nodes[node].scores.get(self.scorer)

    def scores_of(self, nodes: Sequence[Node]) -> list[float]:
        """Return the nodes' scores in [0, 1]; a node without one gets the lowest of the others, or else 0."""
        scores = [self.score(node.id) for node in nodes]
        lowest = min((score for score in scores if score is not None), default=0.0)
        return [lowest if score is None else score for score in scores]

    def path_scores(self, node: int) -> list[float]:
        """Return the scores of the solution's steps up to `node`, without those that have none."""
        path = self.path(node)[-self._nodes[node].n_steps :] if node != ROOT else []
        scores = (each.scores.get(self.scorer) for each in path)
        return [score for score in scores if score is not None]

    def reserve(self, node: int, width: int) -> range:
        """Reserve the ranks of `width` children that are on their way, and return them."""
        first = self._n_reserved[node]
        self._n_reserved[node] += width
        return range(first, first + width)

    def add(
        self, parent: int, step: Step, *, round: int, rank: int | None = None, end: End | None = None
    ) -> Node:
        """Add a child.

        Args:
            parent: The number of an unfinished node; of a solution's last one for a step that was said to.
            step: The child's step.
            round: The round that made it.
            rank: A rank that was reserved; the next free one if not given.
            end: Why nothing can follow; the step's own reason if not given.

        Raises:
            ValueError: If the parent is finished.
        """
        above = self._nodes[parent]
        if not above.takes(step.said):
            raise ValueError(f"node {parent} is finished ({above.end}) and takes no children")
        rank = self.reserve(parent, 1)[0] if rank is None else rank
        node = Node(
            id=len(self._nodes),
            parent=parent,
            depth=above.depth + 1,
            rank=rank,
            round=round,
            seed=derive(above.seed, rank),
            step=step,
            end=end or step.end,
            n_tokens=step.n_solution + (0 if step.said else above.n_tokens),
            n_steps=1 + (0 if step.said else above.n_steps),
        )
        return self._place(node)

    def add_chain(self, parent: int, steps: Sequence[Step], *, round: int, rank: int | None) -> list[Node]:
        """Add steps one below the other, the first one with `rank`, and return their nodes."""
        nodes: list[Node] = []
        for step in steps:
            at = nodes[-1].id if nodes else parent
            nodes.append(self.add(at, step, round=round, rank=None if nodes else rank))
        return nodes

    def _place(self, node: Node) -> Node:
        self._nodes.append(node)
        self._n_children.append(0)
        self._n_reserved.append(0)
        if node.parent is None:
            self.graph.add_node(node.id)
        else:
            self.graph.add_edge(node.parent, node.id)
            self._n_children[node.parent] += 1
            if node.depth > self.depth:
                self._by_depth.append([])
        self._by_depth[node.depth].append(node.id)
        if node.finished:
            self._ended.append(node.id)
        return node
