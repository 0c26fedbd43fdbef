"""Problems: which rows, which fields, and what a data set is called."""

import json
from pathlib import Path

import pytest
from reasontree.api.layouts import joined
from reasontree.api.problems import read_problems
from reasontree.core.errors import UnknownNameError, UsageError

SVAMP = {"Body": "There are 3 pens", "Question": "How many pens are there?", "Answer": 3.0}


@pytest.fixture
def sums(tmp_path):
    """A file of ten rows."""
    return write(tmp_path / "sums.jsonl", *({"question": f"{n} + 1?", "answer": n + 1} for n in range(10)))


@pytest.fixture
def sets(tmp_path, monkeypatch):
    """The user's folder of data sets, in which `gsm8k-train.csv` lies."""
    folder = tmp_path / "sets"
    folder.mkdir()
    (folder / "gsm8k-train.csv").write_text("question,answer\nA?,#### 1\nB?,#### 2\n")
    monkeypatch.setenv("REASON_DATASETS", str(folder))
    return folder


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def indices(problems):
    return [problem.index for problem in problems]


def test_offset_and_limit_take_rows_whose_index_stays(sums):
    found = read_problems(sums, offset=2, limit=3)
    assert [(each.index, each.text, each.gold, each.dataset) for each in found] == [
        (n, f"{n} + 1?", str(n + 1), "sums.jsonl") for n in (2, 3, 4)
    ]


def test_a_shuffle_is_the_same_for_the_same_seed_and_comes_before_the_range(sums):
    whole = read_problems(sums, shuffle_seed=7)
    assert sorted(indices(whole)) == list(range(10)) != indices(whole)
    assert read_problems(sums, shuffle_seed=7, offset=2, limit=3) == whole[2:5]
    assert indices(read_problems(sums, shuffle_seed=8)) != indices(whole)
    assert all(each.text == f"{each.index} + 1?" for each in whole)


@pytest.mark.parametrize("seed", [None, 1])
def test_an_offset_beyond_the_rows_is_one_clear_line(sums, seed):
    with pytest.raises(UsageError, match=r"sums\.jsonl has no rows from 10 on"):
        read_problems(sums, offset=10, shuffle_seed=seed)


def test_rows_behind_the_range_are_not_read(sums):
    with sums.open("a") as file:
        file.write("no json")
    assert len(read_problems(sums, limit=10)) == 10
    with pytest.raises(UsageError, match="line 11"):
        read_problems(sums, limit=10, shuffle_seed=1)


@pytest.mark.parametrize(
    ("row", "text", "gold"),
    [
        ({"problem": "A?", "gold": "1"}, "A?", "1"),
        ({"question": None, "problem": "A?", "answer": 1}, "A?", "1"),
        (SVAMP, "There are 3 pens. How many pens are there?", "3.0"),
        (SVAMP | {"Answer": None}, "There are 3 pens. How many pens are there?", None),
        (SVAMP | {"question": "A?"}, "A?", None),
    ],
)
def test_a_row_is_read_by_the_usual_fields_or_by_those_of_a_known_data_set(tmp_path, row, text, gold):
    (problem,) = read_problems(write(tmp_path / "x.jsonl", row))
    assert (problem.text, problem.gold) == (text, gold)


@pytest.mark.parametrize(
    ("parts", "question"),
    [
        (("A", "B?"), "A. B?"),
        (("A. ", " B?"), "A. B?"),
        (('He said "A!"', "B?"), 'He said "A!" B?'),
        (("It costs 5 (in $)", "B?"), "It costs 5 (in $). B?"),
        (("A", "B", "C"), "A. B. C"),
        (("B?",), "B?"),
    ],
)
def test_parts_of_a_question_are_joined_as_sentences(parts, question):
    assert joined(parts) == question


def test_fields_of_other_names_are_named(tmp_path):
    path = write(tmp_path / "x.jsonl", {"a": "One", "b": "Two?", "c": 3, "question": "no", "answer": "no"})
    (problem,) = read_problems(path, fields={"question": "a+b", "gold": "c"})
    assert (problem.text, problem.gold) == ("One. Two?", "3")
    (problem,) = read_problems(path, fields={"gold": "c"})
    assert (problem.text, problem.gold) == ("no", "3")
    (problem,) = read_problems(path, fields={"question": "a"})
    assert (problem.text, problem.gold) == ("One", "no")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"question": "d"}, "line 1: an object with 'd' was wanted, and the fields are 'a', 'b'. --field"),
        ({"question": "a+d"}, "an object with 'a' and 'd' was wanted"),
        ({}, "an object with 'question' or 'problem' was wanted, and the fields are 'a', 'b'"),
        ({"question": "a", "gold": "d"}, "no row has 'd', the right answer; the fields are 'a', 'b'"),
        ({"question": "a+"}, "The field of the question is to be named, and 'a+' came"),
        ({"gold": ""}, "The field of the gold is to be named"),
        ({"qestion": "a"}, "no part of a problem 'qestion'. Did you mean 'question'?"),
    ],
)
def test_a_field_that_is_not_there_is_told_with_those_that_are(tmp_path, fields, words):
    path = write(tmp_path / "x.jsonl", {"a": "One", "b": "Two?"})
    with pytest.raises(UsageError) as caught:
        read_problems(path, fields=fields)
    assert words in str(caught.value)


def test_one_row_without_the_named_answer_is_a_row_without_one(tmp_path):
    path = write(tmp_path / "x.jsonl", {"question": "A?", "c": 1}, {"question": "B?"})
    assert [each.gold for each in read_problems(path, fields={"gold": "c"})] == ["1", None]


@pytest.mark.usefixtures("sets")
def test_a_data_set_is_read_by_its_name():
    found = read_problems("gsm8k:train", offset=1)
    assert [(each.text, each.gold, each.index, each.dataset) for each in found] == [
        ("B?", "#### 2", 1, "gsm8k:train")
    ]


@pytest.mark.parametrize("name", ["svamp", "svamp:test"])
def test_the_default_split_is_called_by_the_data_set_alone(sets, name):
    (sets / "svamp-test.json").write_text(json.dumps([SVAMP]))
    (problem,) = read_problems(name)
    assert (problem.dataset, problem.gold) == ("svamp", "3.0")


def test_a_users_file_may_have_the_usual_fields(sets):
    write(sets / "svamp-test.jsonl", {"question": "A?", "gold": "1"})
    assert read_problems("svamp")[0].text == "A?"


def test_a_file_goes_before_a_name_and_a_folder_does_not(sets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("gsm8k:train").mkdir()
    assert read_problems("gsm8k:train")[0].dataset == "gsm8k:train"
    write(Path("gsm8k"), {"question": "Mine?"})
    assert read_problems("gsm8k")[0].text == "Mine?"


@pytest.mark.parametrize("data", ["rows.jsonl", "./rows", "no/rows", Path("gsm8k"), "x" * 300 + ".csv"])
def test_a_path_that_is_not_there_cannot_be_read(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot be read") as caught:
        read_problems(data)
    assert not isinstance(caught.value, UnknownNameError)


@pytest.mark.parametrize("data", ["gsmk", "x" * 300])
def test_what_is_no_path_is_a_name_and_is_answered_with_the_nearest(data):
    with pytest.raises(UnknownNameError, match=r"no data set .*The path of a file of rows works too"):
        read_problems(data)
