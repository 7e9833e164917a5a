"""The difference: rows known by their hashes, and who they work on."""

import numpy as np
import numpy.typing as npt
import pytest

from syncd.frames.difference import LARGEST_ID, RowMemory, among, empty_memory, forget, learn, recall, works_on

TOP = 2**64 - 1


def hashes(*pairs: tuple[int, int]) -> npt.NDArray[np.uint64]:
    return np.array(pairs, np.uint64).reshape(-1, 2)


def ids(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, np.int64)


def learned(*pairs: tuple[int, int]) -> RowMemory:
    return learn(empty_memory(), hashes(*pairs), ids(*range(1, len(pairs) + 1)), ids(*[9] * len(pairs)))


def test_what_was_learned_is_recalled_wherever_it_stands_in_the_file() -> None:
    """Senders sort their files as they like."""
    memory = learned((30, 3), (10, 1), (TOP, 7), (0, 0))
    found = recall(memory, hashes((0, 0), (10, 1), (30, 3), (TOP, 7), (20, 2)))
    assert [True, True, True, True, False] == (found >= 0).tolist()
    assert [4, 2, 1, 3] == memory.a[found[:4]].tolist()


def test_half_a_hash_is_not_enough() -> None:
    """64 bits may meet by chance among ten million rows; 128 do not."""
    assert [-1, -1] == recall(learned((10, 1)), hashes((10, 2), (1, 10))).tolist()


def test_the_same_row_twice_in_a_file_is_recalled_twice() -> None:
    """Each row of the file has its own outcome."""
    assert [0, 0] == recall(learned((10, 1)), hashes((10, 1), (10, 1))).tolist()


@pytest.mark.parametrize(("memory", "wanted"), [(empty_memory(), hashes((1, 1))), (learned((1, 1)), hashes())])
def test_nothing_known_or_nothing_asked_gives_nothing(memory: RowMemory, wanted: npt.NDArray[np.uint64]) -> None:
    """First loads and empty files."""
    assert [-1] * len(wanted) == recall(memory, wanted).tolist()


def test_learning_keeps_the_memory_sorted_and_each_row_once() -> None:
    """Searching relies on it."""
    memory = learn(learned((30, 3), (10, 1)), hashes((20, 2), (10, 1), (20, 2)), ids(7, 7, 7), ids(8, 8, 8))
    assert ([10, 20, 30], [1, 2, 3], [2, 7, 1]) == (memory.low.tolist(), memory.high.tolist(), memory.a.tolist())


def test_learning_nothing_changes_nothing() -> None:
    """A run without new rows."""
    memory = learned((1, 1))
    assert memory.low.tolist() == learn(memory, hashes(), ids(), ids()).low.tolist()


@pytest.mark.parametrize(("a", "b", "kept"), [(LARGEST_ID, 1, 1), (LARGEST_ID + 1, 1, 0), (1, LARGEST_ID + 1, 0)])
def test_ids_that_do_not_fit_are_not_remembered(a: int, b: int, kept: int) -> None:
    """Cut to 32 bits they would look like somebody else's."""
    assert kept == len(learn(empty_memory(), hashes((1, 1)), ids(a), ids(b)))


def test_rows_are_forgotten_by_flags() -> None:
    """What is left is still sorted, and still found."""
    memory = forget(learned((10, 1), (20, 2), (30, 3)), np.array([False, True, False]))
    assert ([10, 30], [1, 3]) == (memory.low.tolist(), memory.a.tolist())
    assert memory is forget(memory, np.array([False, False]))


def remembered(*pairs: tuple[int, int]) -> RowMemory:
    a, b = np.array(pairs, np.uint32).T
    order = np.arange(len(pairs), dtype=np.uint64)
    return RowMemory(low=order, high=order, a=a, b=b)


@pytest.mark.parametrize(
    ("pairs", "places", "expected"),
    [
        ([(1, 10)], [], [True, False, False, False]),
        ([(10, 1)], [], [False, False, False, False]),
        ([(1, 20), (2, 10)], [], [False, True, True, False]),
        ([], [10], [True, False, True, False]),
        ([(LARGEST_ID, LARGEST_ID)], [], [False, False, False, True]),
        ([(-1, 10)], [], [False, False, False, False]),
        ([], [], [False, False, False, False]),
    ],
)
def test_rows_are_found_by_pair_and_by_place(
    pairs: list[tuple[int, int]], places: list[int], expected: list[bool]
) -> None:
    """The memory holds the pairs (1, 10), (1, 20), (2, 10) and one of the greatest ids."""
    memory = remembered((1, 10), (1, 20), (2, 10), (LARGEST_ID, LARGEST_ID))
    a, b = (ids(*(pair[place] for pair in pairs)) for place in (0, 1))
    assert expected == works_on(memory, a, b, anyone_at=ids(*places)).tolist()


@pytest.mark.parametrize("values", [[], [0, 5, 5, LARGEST_ID], [7, 1, 3]])
@pytest.mark.parametrize("wanted", [[], [5], [0, LARGEST_ID], [-1, 2**40], [3, 7, 7]])
def test_among_is_membership(values: list[int], wanted: list[int]) -> None:
    """Whatever the way it is computed, small ids or great."""
    expected = [value in wanted for value in values]
    assert expected == among(np.array(values, np.uint32), ids(*wanted)).tolist()


def test_the_records_that_rows_name_go_with_them() -> None:
    """Rows that were learned without a name have 0: which record they name is not known."""
    first = learn(empty_memory(), hashes((10, 1), (30, 3)), ids(1, 3), ids(0, 0), np.array([7, 9], np.uint64))
    both = learn(first, hashes((20, 2)), ids(2), ids(0))
    assert ([7, 9], [7, 0, 9]) == (first.named.tolist(), both.named.tolist())
    assert [7, 0] == forget(both, np.array([False, False, True])).named.tolist()


def test_a_memory_without_names_takes_no_room_for_them() -> None:
    """Most files are no snapshots."""
    memory = learned((10, 1), (20, 2))
    assert (None, [0, 0]) == (memory.names, memory.named.tolist())
    assert [0, 0, 5] == learn(memory, hashes((30, 3)), ids(3), ids(0), np.array([5], np.uint64)).named.tolist()
