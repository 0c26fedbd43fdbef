"""The books of the cache, against the plain definition: which sequence holds which tokens in which cells."""

from hypothesis import given
from hypothesis import strategies as st
from reasontree.plugins.policies.llama_cpp.prefix_tree import PrefixTree


class Cells:
    """The definition: every sequence is a list of (cell, token)."""

    def __init__(self):
        self.seqs = {}
        self._n_made = 0

    def fork(self, donor, seq, length):
        self.seqs[seq] = list(self.seqs[donor][:length]) if donor >= 0 else []

    def extend(self, seq, tokens):
        for token in tokens:
            self.seqs[seq].append((self._n_made, token))
            self._n_made += 1

    def drop(self, seq):
        del self.seqs[seq]

    @property
    def n_cells(self):
        return len({cell for held in self.seqs.values() for cell, _ in held})

    def longest(self, tokens):
        return max((common(tokens, [t for _, t in held]) for held in self.seqs.values()), default=0)


def common(one, other):
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n


TOKENS = st.lists(st.integers(0, 2), max_size=6)
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["new", "extend", "drop"]), st.integers(0, 99), TOKENS), max_size=60
)


@given(ACTIONS)
def test_the_tree_agrees_with_the_definition_after_any_forks_extensions_and_drops(actions):
    tree, cells, n_seqs = PrefixTree(), Cells(), 0
    for action, which, tokens in actions:
        held = tree.match(tokens)
        assert held.length == cells.longest(tokens)
        if held.length:
            assert [t for _, t in cells.seqs[held.seq]][: held.length] == tokens[: held.length]
        if action == "new":
            donor = held.seq if held.length else -1
            tree.fork(donor, n_seqs, held.length)
            cells.fork(donor, n_seqs, held.length)
            tree.extend(n_seqs, tokens[held.length :])
            cells.extend(n_seqs, tokens[held.length :])
            n_seqs += 1
        elif cells.seqs:
            seq = list(cells.seqs)[which % len(cells.seqs)]
            if action == "extend":
                tree.extend(seq, tokens)
                cells.extend(seq, tokens)
            else:
                tree.drop(seq)
                cells.drop(seq)
        assert tree.n_cells == cells.n_cells
        assert {seq: tree.length(seq) for seq in cells.seqs} == {s: len(h) for s, h in cells.seqs.items()}


def test_a_prefix_that_two_sequences_share_takes_its_cells_once():
    tree = PrefixTree()
    tree.fork(-1, 0, 0)
    tree.extend(0, [1, 2, 3, 4])
    tree.fork(0, 1, 2)
    tree.extend(1, [9])
    assert tree.n_cells == 5
    assert tree.match([1, 2, 9, 9]) == (3, 1)
    tree.drop(0)
    assert tree.n_cells == 3
    assert tree.match([1, 2, 3, 4]) == (2, 1)
