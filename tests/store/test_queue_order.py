"""The order of the queue, its filters, search, and paging through it, against a real database."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from console_client import Console, turn
from sqlalchemy.engine import Connection

from bot.store import queue, review_log, triage
from bot.store.queue_filters import Filters, Key
from bot.store.schema import flags, reviews, words

QUARTER = 900
EVERYTHING = Filters()
#: For each priority, turns that give it to a conversation.
SAID = {
    "danger": [turn("i do not want to live", "disclose_suicidal")],
    "disclosure": [turn("he has a picture of me", "disclose_sextortion")],
    "language": [turn("pisze do mnie obcy", "other_language")],
    "dead_end": [turn("asdf", "nlu_fallback", replies=[])],
    "unsure": [turn("hm", "ask_grooming", confidence=0.3)],
    "unhelpful": [turn("what is grooming"), turn("no use", "feedback_not_helped")],
    "rest": [turn("how do i get over a breakup", "out_of_scope")],
    "easy": [turn("what is grooming")],
}


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A console's store, without a server."""
    kept = Console(tmp_path)
    yield kept
    kept.close_store()


def read(console: Console, filters: Filters, size: int, after: "Key | None" = None) -> "tuple[list[int], Key | None]":
    page = console.database.read_now(lambda c: queue.page(c, console.now, filters, after, size))
    return [entry.review["number"] for entry in page.entries], page.after


def listed(console: Console, filters: Filters = EVERYTHING) -> "list[int]":
    return read(console, filters, 100)[0]


def paged(console: Console, filters: Filters, size: int, between: Callable[[], None] = lambda: None) -> "list[int]":
    """The whole queue, read page by page. `between` is called after each page."""
    found, after = read(console, filters, size)
    while after is not None:
        between()
        more, after = read(console, filters, size, after)
        found += more
    return found


def neighbours(console: Console, number: int, filters: Filters = EVERYTHING) -> "tuple[int | None, int | None]":
    return console.database.read_now(lambda c: queue.neighbours(c, console.now, filters, number))


def flag(console: Console, number: int, name: str) -> None:
    staff_id = console.add_staff(f"s{number}", "lead")
    row = {"number": number, "flag": name, "staff_id": staff_id, "at": console.now}
    console.database.write_now(lambda c: c.execute(flags.insert(), row))


def test_conversations_are_ordered_by_priority(console: Console) -> None:
    numbers = {priority: console.keep(priority, SAID[priority]) for priority in reversed(SAID)}
    assert listed(console) == [numbers[priority] for priority in SAID]


def test_within_a_priority_the_latest_comes_first(console: Console) -> None:
    early = console.keep("a", SAID["danger"], console.now - QUARTER)
    late = console.keep("b", SAID["danger"])
    assert listed(console) == [late, early]


def test_a_reviewed_conversation_is_not_in_the_queue(console: Console) -> None:
    done, waiting = console.keep("a"), console.keep("b")
    console.change_review(done, state="reviewed")
    assert listed(console) == [waiting]


def test_with_all_states_open_conversations_come_before_more_urgent_ones(console: Console) -> None:
    done, waiting = console.keep("a", SAID["danger"]), console.keep("b")
    console.change_review(done, state="reviewed")
    assert listed(console, Filters(state="all")) == [waiting, done]


def test_a_conversation_that_continues_after_its_review_returns_to_the_queue(console: Console) -> None:
    number = console.keep("a")
    console.change_review(number, state="reviewed")
    console.keep("a")
    assert listed(console) == [number]


@pytest.mark.parametrize(
    "filters",
    [
        Filters(need="danger"),
        Filters(topic="crisis"),
        Filters(urgency="immediate_danger"),
        Filters(asker="young_person"),
        Filters(state="escalated"),
        Filters(reviewer="rae"),
        Filters(model="bbbb2222"),
        Filters(language="other"),
        Filters(q="live"),
        Filters(flag="technical"),
    ],
    ids=lambda filters: next(name for name, value in filters._asdict().items() if value),
)
def test_each_filter_lists_only_the_conversations_that_match(console: Console, filters: Filters) -> None:
    said = [
        turn("i do not want to live", "disclose_suicidal", asker="young_person"),
        turn("ok", "other_language", model="bbbb2222"),
    ]
    fitting = console.keep("a", said)
    console.keep("b")
    console.change_review(fitting, state="escalated", staff_id=console.add_staff("rae", "reviewer"))
    flag(console, fitting, "technical")
    assert listed(console, filters) == [fitting]


@pytest.fixture(scope="module")
def of_all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console's store with a conversation of each priority. Tests must not change it."""
    kept = Console(tmp_path_factory.mktemp("kinds"))
    for name, said in SAID.items():
        kept.keep(name, said)
    kept.keep("worry", [turn("is it grooming", "suspect_grooming")])
    yield kept
    kept.close_store()


@pytest.mark.parametrize("urgency", triage.URGENCIES)
@pytest.mark.parametrize("priority", triage.PRIORITIES)
def test_urgency_and_priority_can_be_filtered_together(of_all_kinds: Console, urgency: str, priority: str) -> None:
    rows = of_all_kinds.rows(reviews)
    fitting = {row.number for row in rows if (row.urgency, triage.PRIORITIES[row.need]) == (urgency, priority)}
    assert set(listed(of_all_kinds, Filters(urgency=urgency, need=priority))) == fitting


def test_conversations_without_a_reviewer_can_be_filtered(console: Console) -> None:
    free, taken = console.keep("a"), console.keep("b")
    console.change_review(taken, staff_id=console.add_staff("rae", "reviewer"))
    assert listed(console, Filters(reviewer="nobody")) == [free]


@pytest.mark.parametrize(
    ("first", "last", "fitting"),
    [
        (date(2026, 7, 2), None, ["b", "c"]),
        (None, date(2026, 7, 2), ["a", "b"]),
        (date(2026, 7, 2), date(2026, 7, 2), ["b"]),
        (date.min, date.max, ["a", "b", "c"]),
    ],
)
def test_days_are_in_london_time_and_include_both_ends(
    console: Console, first: "date | None", last: "date | None", fitting: "list[str]"
) -> None:
    # The second of July in London begins at 23:00 UTC on the first.
    begin = 1_782_946_800
    moments = {"a": begin - QUARTER, "b": begin, "c": begin + 24 * 3600}
    numbers = {name: console.keep(name, at=moment) for name, moment in moments.items()}
    assert sorted(listed(console, Filters(first, last))) == sorted(numbers[name] for name in fitting)


def test_filters_are_combined(console: Console) -> None:
    both = console.keep("a", [turn("help", "disclose_sextortion", asker="parent")])
    console.keep("b", [turn("help", "disclose_sextortion")])
    console.keep("c", [turn("help", "disclose_bullying", asker="parent")])
    assert listed(console, Filters(topic="sextortion", asker="parent", q="help", state="all")) == [both]


def test_a_search_finds_conversations_with_all_its_words_in_any_turn(console: Console) -> None:
    both = console.keep("a", [turn("my son plays"), turn("an older man writes")])
    console.keep("b", [turn("my son plays")])
    console.keep("c", [turn("an older man writes")])
    assert listed(console, Filters(q="man son")) == [both]


@pytest.mark.parametrize("asked", ["CAFÉ", "cafe", "Dont", "don’t", "don't"])
def test_a_search_ignores_case_accents_and_apostrophes(console: Console, asked: str) -> None:
    number = console.keep("a", [turn("Don't go to that café")])
    assert listed(console, Filters(q=asked)) == [number]


@pytest.mark.parametrize("asked", ["groo", "Groom", "grooming", "inter", "internationali", "internationalisation"])
def test_a_search_finds_words_by_prefix(console: Console, asked: str) -> None:
    number = console.keep("a", [turn("grooming and its internationalisation")])
    found = listed(console, Filters(q=asked))
    # Prefixes of more than twelve letters are not in the index.
    assert found == ([] if asked == "internationali" else [number])


@pytest.mark.parametrize("asked", ["gro", "rooming", "name", "of name"])
def test_short_prefixes_suffixes_and_placeholders_find_nothing(console: Console, asked: str) -> None:
    console.keep("a", [turn("what is the grooming of <name>")])
    assert listed(console, Filters(q=asked)) == []


@pytest.fixture(scope="module")
def odd_and_even(tmp_path_factory: pytest.TempPathFactory) -> Iterator["tuple[Console, list[int]]"]:
    """Forty conversations, every other one about an odd man, and their numbers in the order they were stored."""
    console = Console(tmp_path_factory.mktemp("odd"))
    numbers = []
    for n in range(40):
        priority = list(SAID)[n % len(SAID)]
        text = turn("odd man" if n % 2 else "even man", SAID[priority][0]["intent"])
        numbers.append(console.keep(str(n), [text], console.now - (1 + n // 3) * QUARTER))
    yield console, numbers
    console.close_store()


@pytest.mark.slow
@pytest.mark.parametrize("rare", [0, 10_000])
@pytest.mark.parametrize("common", [0, 40_000])
@pytest.mark.parametrize("steps", [1, 2, 100_000])
def test_a_search_has_the_same_results_with_every_query_plan(
    odd_and_even: "tuple[Console, list[int]]", monkeypatch: pytest.MonkeyPatch, rare: int, common: int, steps: int
) -> None:
    # The query plan depends on how many conversations contain a word. Lower limits spare us storing a million of them.
    monkeypatch.setattr(queue, "RARE", rare)
    monkeypatch.setattr(queue, "COMMON", common)
    monkeypatch.setattr(queue, "FIRST_STEPS", 1)
    monkeypatch.setattr(queue, "STEPS", steps)
    console, numbers = odd_and_even
    everything = listed(console)
    odd = [number for number in everything if numbers.index(number) % 2]
    assert paged(console, Filters(q="man odd"), size=3) == odd
    assert [neighbours(console, number, Filters(q="man odd"))[1] for number in odd] == [*odd[1:], None]
    assert [neighbours(console, number, Filters(q="man odd"))[0] for number in odd] == [None, *odd[:-1]]


def test_paging_shows_every_conversation_once(console: Console) -> None:
    numbers = [console.keep(str(n), SAID[list(SAID)[n % 6]], console.now - (1 + n // 4) * QUARTER) for n in range(50)]
    found = paged(console, Filters(), size=7)
    assert found == listed(console)
    assert sorted(found) == sorted(numbers)


def test_pages_have_no_gaps_and_no_repeats_while_new_conversations_arrive(console: Console) -> None:
    there = [console.keep(str(n), SAID[list(SAID)[n % 6]]) for n in range(30)]

    def arrive() -> None:
        console.clock.now += QUARTER
        console.keep(f"new {console.now}", SAID["danger"])
        console.keep(f"also new {console.now}", SAID["rest"])

    found = paged(console, Filters(), size=4, between=arrive)
    assert len(found) == len(set(found))
    assert set(there) <= set(found)


def test_the_last_page_has_no_next_page(console: Console) -> None:
    for n in range(4):
        console.keep(str(n))
    assert read(console, EVERYTHING, 4)[1] is None


def test_neighbours_are_the_ones_before_and_after_in_the_filtered_queue(console: Console) -> None:
    first, other, last = console.keep("a", SAID["danger"]), console.keep("b", SAID["unsure"]), console.keep("c")
    only = Filters(urgency="none")
    assert neighbours(console, other) == (first, last)
    assert neighbours(console, other, only) == (None, last)


def test_a_conversation_just_reviewed_keeps_the_neighbours_it_had_in_the_queue(console: Console) -> None:
    first, middle, last = console.keep("a", SAID["danger"]), console.keep("b", SAID["unsure"]), console.keep("c")
    console.change_review(middle, state="reviewed")
    assert neighbours(console, middle) == (first, last)


def test_a_deleted_conversation_has_no_neighbours(console: Console) -> None:
    console.keep("a")
    assert neighbours(console, 2**63 - 1) == (None, None)


def test_an_entry_shows_the_holder_and_flags_of_the_conversation(console: Console) -> None:
    number = console.keep("a")
    console.change_review(number, staff_id=console.add_staff("rae", "reviewer"))
    flag(console, number, "technical")
    entry = console.database.read_now(lambda c: queue.page(c, console.now, Filters(), None, 1)).entries[0]
    assert (entry.review["holder"], entry.flags) == ("rae", ["technical"])


def test_no_word_of_an_erased_conversation_can_be_found(console: Console) -> None:
    number = console.keep("a", [turn("hippopotamus"), turn("what is grooming")])
    kept = console.keep("b")
    conversation_id = console.review(number).conversation_id
    console.database.write_now(lambda c: review_log.remove(c, conversation_id))
    assert {row.number for row in console.rows(words)} == {kept}
    assert listed(console, Filters(q="grooming")) == [kept]


def test_counting_stops_at_a_limit(console: Console) -> None:
    for n in range(3):
        console.keep(str(n), SAID["danger"])
    console.keep("b", SAID["rest"])
    asked = [Filters(), Filters(need="danger"), Filters(need="rest"), Filters(topic="bullying")]
    assert console.database.read_now(lambda c: queue.count_up_to(c, console.now, asked, 2)) == [2, 2, 1, 0]


def test_conversations_in_another_language_are_found_whatever_their_priority(console: Console) -> None:
    said = SAID["language"]
    numbers = [console.keep(name, [*said, *SAID[name]]) for name in ("danger", "disclosure", "dead_end")]
    console.keep("english", SAID["danger"])
    assert listed(console, Filters(language="other")) == numbers
    asked = [Filters(language="other"), Filters(language="other", urgency="none")]
    assert console.database.read_now(lambda c: queue.count_up_to(c, console.now, asked, 9)) == [3, 1]


def test_conversations_in_english_are_found_whatever_their_priority(console: Console) -> None:
    numbers = [console.keep(name, SAID[name]) for name in SAID if name != "language"]
    console.keep("polish", SAID["language"])
    assert listed(console, Filters(language="en")) == numbers


def test_models_flags_and_accounts_are_listed(console: Console) -> None:
    number = console.keep("a", [turn("hm", model="bbbb2222")])
    flag(console, number, "technical")
    known = console.database.read_now(lambda c: queue.known(c, ["lead"]))
    assert known == (["bbbb2222"], ["technical"], [f"s{number}"])


def test_a_flag_on_several_conversations_is_listed_once(console: Console) -> None:
    for n, name in enumerate(("technical", "content_gap", "technical")):
        flag(console, console.keep(str(n)), name)
    assert console.database.read_now(lambda c: queue.known(c, [])).flags == ["content_gap", "technical"]


def test_only_staff_who_may_read_or_still_hold_a_conversation_are_listed(console: Console) -> None:
    number = console.keep("a")
    ids = {name: console.add_staff(name, role) for name, role in (("rae", "lead"), ("ann", "administrator"))}
    for name in ("gone", "left"):
        ids[name] = console.add_staff(name, "lead")
        console.change_account(name, disabled_at=console.now)
    console.change_review(number, staff_id=ids["left"])
    known = console.database.read_now(lambda c: queue.known(c, ["lead"]))
    assert known.staff == ["left", "rae"]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "review_queue"),
        (Filters(first=date(2026, 1, 1), urgency="none"), "review_queue"),
        (Filters(topic="crisis", urgency="none"), "review_by_topic"),
        (Filters(reviewer="rae", urgency="none"), "review_by_staff"),
        (Filters(reviewer="nobody"), "review_by_staff"),
    ],
)
def test_the_queue_is_read_from_an_index_without_sorting(console: Console, filters: Filters, index: str) -> None:
    plans = plans_of(console, lambda c: queue.page(c, console.now, filters, None, 10), "ORDER BY review.last_at")
    assert [plan for plan in plans if f"COVERING INDEX {index}" in plan]
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]


def test_escalated_conversations_are_read_from_their_index_without_sorting(console: Console) -> None:
    plans = plans_of(console, lambda c: queue.escalated(c, console.now, 10), "review.state = 'escalated'")
    assert plans == ["SCAN review USING COVERING INDEX review_escalated"]


def test_the_models_are_read_from_their_own_index(console: Console) -> None:
    plans = plans_of(console, lambda c: queue.known(c, []), "FROM daily_count")
    assert plans[0] == "SCAN daily_count USING COVERING INDEX daily_count_by_model"


def plans_of(console: Console, work: Callable[[Connection], object], part: str) -> "list[str]":
    """SQLite's plans for the statements of `work` that contain `part`."""
    asked: "list[tuple[str, tuple]]" = []
    with console.database._engine.connect() as connection:
        listen = sa.event.listens_for(connection, "before_cursor_execute")
        listen(lambda _c, _cursor, statement, values, *_: asked.append((statement, values)))
        work(connection)
        return [
            row.detail
            for statement, values in list(asked)
            if part in statement
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
