"""What any Store promises: the same suite for every implementation."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.store.keys import KINDS, UNIQUE, references
from bot.core.mentions import Mention, MentionState
from bot.core.outbox import Display, Subject
from bot.core.people import (
    Channel,
    Platform,
    Practice,
    PracticeId,
)
from bot.ports import Store, Taken, Where, among, eq, gt, le, ne, null
from tests.adapters.store.builders import NOW, Garden, plant, values

HOUR = timedelta(hours=1)


async def names(store: Store, *wheres: Where, order: str = "id", limit: int | None = None) -> str:
    """The names of the practices found, one letter each."""
    async with store.read() as tx:
        found = await tx.find(Practice, *wheres, order=order, limit=limit)
    return "".join(practice.name for practice in found)


async def keep(store: Store, *new: Any) -> list[Any]:
    async with store.write() as tx:
        return [await tx.add(value) for value in new]


async def everything(store: Store, *kinds: type[Any]) -> dict[type, list[Any]]:
    """All there is of some kinds, or of all of them."""
    async with store.read() as tx:
        return {kind: await tx.find(kind) for kind in kinds or KINDS}


class TestManyValues:
    async def test_what_is_added_has_ids_in_order_and_is_found_again(self, store: Store) -> None:
        async with store.write() as tx:
            first = await tx.add(Practice("z"))
            added = await tx.add_all([Practice("a"), Practice("b"), Practice("c")])
            last = await tx.add(Practice("y"))
        assert [first.id, *(each.id for each in added)] == sorted(
            {first.id, *(each.id for each in added)}
        )
        assert last.id not in {each.id for each in added}
        async with store.read() as tx:
            assert await tx.find(Practice, among("name", ["a", "b", "c"])) == added

    async def test_an_id_is_never_given_twice(self, store: Store) -> None:
        async with store.write() as tx:
            (gone,) = await tx.add_all([Practice("a")])
            await tx.remove(gone)
        async with store.write() as tx:
            (new,) = await tx.add_all([Practice("b")])
        assert new.id > gone.id

    @pytest.mark.parametrize("names_", [["b", "a", "c"], ["b", "c", "b"]])
    async def test_one_that_is_taken_keeps_them_all_out(
        self, store: Store, names_: list[str]
    ) -> None:
        await keep(store, Practice("a"))
        async with store.write() as tx:
            with pytest.raises(Taken):
                await tx.add_all([Practice(name) for name in names_])
            await tx.add(Practice("d"))
        assert await names(store) == "ad"

    async def test_many_are_saved_whole(self, store: Store) -> None:
        kept = await keep(store, Practice("a"), Practice("b"), Practice("c"))
        async with store.write() as tx:
            await tx.save_all([replace(each, name=each.name * 2) for each in kept[:2]])
        assert await names(store) == "aabbc"

    async def test_some_fields_alone_can_be_saved(self, store: Store) -> None:
        first, other = await keep(store, Practice("a"), Practice("b"))
        async with store.write() as tx:
            changed = [replace(each, name="x", people_version=7) for each in (first, other)]
            await tx.save_all(changed, ("people_version",))
            with pytest.raises(ValueError, match="has no field"):
                await tx.save_all(changed, ("nothing",))
        assert await names(store, eq("people_version", 7)) == "ab"

    async def test_what_is_not_stored_cannot_be_saved(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.write() as tx:
            with pytest.raises(LookupError):
                await tx.save_all([replace(kept, name="b"), replace(kept, id=cast("Any", 999))])
            with pytest.raises(ValueError, match="not stored"):
                await tx.save_all([Practice("c")])
        assert await names(store) in {"a", "b"}

    async def test_they_are_of_one_kind_and_new(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.write() as tx:
            with pytest.raises(ValueError, match="one kind"):
                await tx.add_all([Practice("b"), cast("Any", replace(kept).id)])
            with pytest.raises(ValueError, match="stored already"):
                await tx.add_all([kept])

    async def test_none_is_nothing(self, store: Store) -> None:
        async with store.write() as tx:
            assert await tx.add_all([]) == []
            await tx.save_all([])

    async def test_a_reader_writes_nothing(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.read() as tx:
            with pytest.raises(RuntimeError):
                await tx.add_all([Practice("b")])
            with pytest.raises(RuntimeError):
                await tx.save_all([kept])


class TestOneValue:
    async def test_what_is_added_has_an_id_and_is_found_again(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        assert kept.id > 0
        assert kept == replace(Practice("a"), id=kept.id)
        async with store.read() as tx:
            assert await tx.get(Practice, kept.id) == kept

    @pytest.mark.parametrize("identifier", [0, -1, 999])
    async def test_an_unknown_id_gives_nothing(self, store: Store, identifier: int) -> None:
        async with store.read() as tx:
            assert await tx.get(Practice, identifier) is None

    async def test_what_is_saved_is_written_whole(self, store: Store) -> None:
        first, other = await keep(store, Practice("a"), Practice("b"))
        changed = replace(first, name="z", digest_days=(), next_digest_at=NOW)
        async with store.write() as tx:
            await tx.save(changed)
            assert await tx.get(Practice, first.id) == changed
        async with store.read() as tx:
            assert await tx.find(Practice) == [changed, other]

    async def test_saving_what_is_gone_is_a_mistake(self, store: Store) -> None:
        with pytest.raises(LookupError, match="Practice 999"):
            async with store.write() as tx:
                await tx.save(replace(Practice("a"), id=PracticeId(999)))

    async def test_what_is_removed_is_forgotten_and_so_is_its_key(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.write() as tx:
            await tx.remove(kept)
            await tx.remove(kept)
            assert await tx.get(Practice, kept.id) is None
            assert await tx.add_new(Practice("a")) is not None

    async def test_an_id_is_never_given_twice(self, store: Store) -> None:
        (first,) = await keep(store, Practice("a"))
        async with store.write() as tx:
            await tx.remove(first)
        (second,) = await keep(store, Practice("a"))
        assert second.id > first.id

    async def test_only_what_is_not_stored_is_added(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.write() as tx:
            with pytest.raises(ValueError, match="stored already"):
                await tx.add(replace(kept, name="b"))

    async def test_only_what_is_stored_is_saved_or_removed(self, store: Store) -> None:
        async with store.write() as tx:
            with pytest.raises(ValueError, match="not stored yet"):
                await tx.save(Practice("a"))
            with pytest.raises(ValueError, match="not stored yet"):
                await tx.remove(Practice("a"))

    async def test_only_known_kinds_are_stored(self, store: Store) -> None:
        async with store.write() as tx:
            with pytest.raises(ValueError, match="timedelta is not stored"):
                await tx.add(HOUR)
            with pytest.raises(ValueError, match="timedelta is not stored"):
                await tx.find(timedelta)


class TestEveryKind:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    @settings(
        max_examples=10,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.data())
    async def test_a_value_comes_back_as_it_went(
        self, store: Store, garden: Garden, kind: type[Any], data: st.DataObject
    ) -> None:
        first = garden.rooted(data.draw(values(kind)))
        then = garden.rooted(data.draw(values(kind)))
        async with store.write() as tx:
            kept = await tx.add(first)
            assert kept == replace(cast("Any", first), id=kept.id)
            assert await tx.get(kind, kept.id) == kept
            changed = replace(cast("Any", then), id=kept.id)
            await tx.save(changed)
            assert await tx.find(kind, eq("id", kept.id)) == [changed]
            await tx.remove(changed)

    async def test_it_is_there_once_committed(self, store: Store, garden: Garden) -> None:
        async with store.read() as tx:
            for kind, value in garden.planted.items():
                assert await tx.get(kind, value.id) == value
                assert value in await tx.find(kind)

    async def test_moments_come_back_in_utc(self, store: Store) -> None:
        there = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=-3)))
        (kept,) = await keep(store, Practice("a", next_digest_at=there))
        async with store.read() as tx:
            found = await tx.get(Practice, kept.id)
        assert found is not None
        assert found.next_digest_at is not None
        assert found.next_digest_at.tzinfo is UTC
        assert found.next_digest_at == there

    @pytest.mark.parametrize(
        ("value", "complaint"),
        [
            (Practice("a", next_digest_at=datetime(2026, 1, 1)), "aware"),
            (Practice("a\x00"), "NUL"),
            (Practice("\ud800"), "surrogates"),
            (Practice(cast("Any", 7)), "not text"),
            (Practice("a", digest_days=cast("Any", [1])), "tuple"),
            (Practice("a", digest_days=cast("Any", ("1",))), "not an integer"),
            (Practice("a", territory=cast("Any", "nowhere")), "Territory"),
            (Practice("a", digest_at=cast("Any", "07:30")), "time of the wall clock"),
            (Channel(PracticeId(1), Platform.SLACK, "a", cast("Any", 1)), "true nor false"),
        ],
    )
    async def test_what_could_not_come_back_is_refused(
        self, store: Store, value: object, complaint: str
    ) -> None:
        async with store.write() as tx:
            with pytest.raises(ValueError, match=complaint):
                await tx.add(value)
            (kept,) = [await tx.add(Practice("kept"))]
            if isinstance(value, Practice):
                with pytest.raises(ValueError, match=complaint):
                    await tx.save(replace(value, id=kept.id))
        assert await names(store) == "kept"

    async def test_a_score_is_a_number(self, store: Store, garden: Garden) -> None:
        async with store.write() as tx:
            with pytest.raises(ValueError, match=r"score.*not a number"):
                await tx.save(replace(garden[Mention], score=float("nan")))


class TestUniqueKeys:
    @pytest.mark.parametrize("kind", UNIQUE, ids=lambda kind: kind.__name__)
    async def test_a_taken_key_is_refused_and_the_rest_is_kept(
        self, store: Store, garden: Garden, kind: type[Any]
    ) -> None:
        again = replace(garden.planted[kind], id=0)
        before = await everything(store, Practice, kind)
        async with store.write() as tx:
            with pytest.raises(Taken, match=kind.__name__):
                await tx.add(again)
            assert await tx.add_new(again) is None
            last = await tx.add(Practice("after"))
        after = await everything(store, Practice, kind)
        assert after.pop(Practice) == [*before.pop(Practice), last]
        assert after == before

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (kind, name)
            for kind, key in UNIQUE.items()
            for name in key
            if name not in references(kind)
        ],
        ids=lambda each: getattr(each, "__name__", each),
    )
    async def test_every_part_of_a_key_tells_values_apart(
        self, store: Store, garden: Garden, kind: type[Any], name: str
    ) -> None:
        other = garden.planted[kind]
        value = getattr(other, name)
        if hasattr(type(value), "__members__"):
            changed = next(each for each in type(value) if each is not value)
        elif isinstance(value, str):
            changed = value + "e\u0301"
        else:
            changed = value + (1 if isinstance(value, int) else timedelta(days=1))
        async with store.write() as tx:
            kept = await tx.add_new(replace(other, id=0, **{name: changed}))
            assert kept is not None
            with pytest.raises(Taken):
                await tx.save(replace(other, id=kept.id))
            assert await tx.get(kind, kept.id) == kept

    async def test_keys_are_compared_to_the_letter(self, store: Store) -> None:
        kept = await keep(store, *map(Practice, ["é", "e", "E", "e\u0301", "e "]))
        assert len({practice.id for practice in kept}) == 5

    async def test_a_value_may_be_saved_under_its_own_key(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.write() as tx:
            await tx.save(replace(kept, next_digest_at=NOW))

    async def test_a_key_that_was_given_up_is_free(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.write() as tx:
            await tx.save(replace(kept, name="b"))
            assert await tx.add_new(Practice("a")) is not None
            assert await tx.add_new(Practice("b")) is None


class TestReferences:
    @pytest.mark.parametrize(
        "kind", [kind for kind in KINDS if references(kind)], ids=lambda kind: kind.__name__
    )
    async def test_nothing_refers_to_what_is_not_there(
        self, store: Store, garden: Garden, kind: type[Any]
    ) -> None:
        before = await everything(store, Practice, kind)
        for name in references(kind):
            astray = replace(garden.planted[kind], **{name: 4_242})
            if name in UNIQUE.get(kind, (name,)):  # else its key is taken, which is said first
                with pytest.raises(ValueError, match=kind.__name__):
                    async with store.write() as tx:
                        await tx.add(replace(astray, id=0))
            with pytest.raises(ValueError, match=kind.__name__):
                async with store.write() as tx:
                    await tx.save(astray)
        assert await everything(store, Practice, kind) == before

    @pytest.mark.parametrize(
        "kind",
        sorted({target for kind in KINDS for target in references(kind).values()}, key=str),
        ids=lambda kind: kind.__name__,
    )
    async def test_what_is_referred_to_stays(
        self, store: Store, garden: Garden, kind: type[Any]
    ) -> None:
        before = await everything(store, Practice, kind)
        with pytest.raises(ValueError, match=kind.__name__):
            async with store.write() as tx:
                await tx.remove(garden.planted[kind])
        assert await everything(store, Practice, kind) == before


class TestQuestions:
    @pytest.fixture
    async def store(self, store: Store) -> Store:
        """Practices a to d; b and d have no next digest."""
        await keep(
            store,
            Practice("a", next_digest_at=NOW, digest_days=(0,)),
            Practice("b", timezone="Indian/Reunion"),
            Practice("c", next_digest_at=NOW - HOUR),
            Practice("d", digest_days=()),
        )
        return store

    @pytest.mark.parametrize(
        ("wheres", "expected"),
        [
            ([], "abcd"),
            ([eq("name", "b")], "b"),
            ([eq("name", "B")], ""),
            ([eq("id", 0)], ""),
            ([eq("next_digest_at", NOW)], "a"),
            ([eq("next_digest_at", NOW.astimezone(timezone(HOUR)))], "a"),
            ([eq("digest_days", (0,))], "a"),
            ([eq("digest_days", ())], "d"),
            ([eq("next_digest_at", None)], "bd"),
            ([ne("name", "b")], "acd"),
            ([ne("next_digest_at", NOW)], "c"),  # a null is not something else
            ([ne("next_digest_at", None)], "ac"),
            ([ne("digest_days", ())], "abc"),
            ([le("next_digest_at", NOW)], "ac"),
            ([le("next_digest_at", NOW - HOUR)], "c"),
            ([le("next_digest_at", NOW - timedelta(microseconds=1))], "c"),
            ([le("name", "b")], "ab"),
            ([gt("next_digest_at", NOW - HOUR)], "a"),
            ([gt("next_digest_at", NOW)], ""),
            ([gt("name", "b")], "cd"),
            ([null("next_digest_at")], "bd"),
            ([null("name")], ""),
            ([among("name", ["a", "d", "z"])], "ad"),
            ([among("name", frozenset("bc"))], "bc"),
            ([among("name", [])], ""),
            ([among("next_digest_at", {NOW, NOW - HOUR})], "ac"),
            ([among("next_digest_at", [NOW, None])], "a"),
            ([among("next_digest_at", [None])], ""),
            ([among("digest_days", [(0,), ()])], "ad"),
            ([among("digest_at", [Practice("x").digest_at])], "abcd"),
            ([null("next_digest_at"), eq("timezone", "Indian/Reunion")], "b"),
            ([gt("name", "a"), le("name", "c"), ne("name", "b")], "c"),
        ],
    )
    async def test_conditions(self, store: Store, wheres: Sequence[Where], expected: str) -> None:
        assert await names(store, *wheres) == expected
        async with store.read() as tx:
            assert await tx.count(Practice, *wheres) == len(expected)

    @pytest.mark.parametrize(
        ("order", "limit", "expected"),
        [
            ("id", None, "abcd"),
            ("-id", None, "dcba"),
            ("-name", 2, "dc"),
            ("timezone", None, "acdb"),  # equals in the order of their ids
            ("-timezone", None, "bdca"),
            ("next_digest_at", None, "bdca"),  # nothing comes before something
            ("-next_digest_at", None, "acdb"),
            ("next_digest_at", 3, "bdc"),
            ("id", 0, ""),
            ("id", 99, "abcd"),
        ],
    )
    async def test_order_and_limit(
        self, store: Store, order: str, limit: int | None, expected: str
    ) -> None:
        assert await names(store, order=order, limit=limit) == expected

    async def test_text_is_ordered_by_code_point(self, store: Store) -> None:
        await keep(store, *map(Practice, ["É", "Z", "é", "🦷", "_"]))
        assert await names(store, order="name") == "Z_abcdÉé🦷"
        assert await names(store, le("name", "a"), order="name") == "Z_a"

    async def test_booleans_numbers_and_states(self, store: Store) -> None:
        home = PracticeId(1)
        (channel,) = await keep(store, Channel(home, Platform.SLACK, "C1", is_private=True))
        await keep(
            store,
            *(
                Display(home, channel.id, subject, number, "x", is_due=number > 1)
                for number, subject in enumerate([Subject.DIGEST, Subject.CASE, Subject.DIGEST])
            ),
        )

        async def found(*wheres: Where) -> list[int]:
            async with store.read() as tx:
                return [each.subject_id for each in await tx.find(Display, *wheres)]

        assert await found(eq("is_due", value=True)) == [2]
        assert await found(eq("is_due", value=False)) == [0, 1]
        assert await found(ne("is_due", value=True)) == [0, 1]
        assert await found(among("is_due", [True])) == [2]
        assert await found(eq("subject", Subject.DIGEST), gt("subject_id", 0)) == [2]
        assert await found(eq("subject", "case")) == [1]
        assert await found(among("subject", [Subject.CASE, Subject.DRAFT])) == [1]
        assert await found(among("subject_id", {0, 2}), le("subject_id", 1)) == [0]

    async def test_a_list_may_be_very_long(self, store: Store) -> None:
        many = [f"nom {number}" for number in range(70_000)]
        assert await names(store, among("name", [*many, "c", "a"])) == "ac"
        assert await names(store, among("id", range(100_000)), order="-id", limit=1) == "d"

    @pytest.mark.parametrize(
        ("where", "complaint"),
        [
            (eq("nom", "a"), "Practice has no field 'nom'"),
            (null("nom"), "Practice has no field 'nom'"),
            (eq("next_digest_at", datetime(2026, 1, 1)), "aware"),
            (eq("id", "1"), "integer"),
            (le("next_digest_at", None), "no order"),
            (gt("digest_days", (1,)), "no order"),
        ],
        ids=str,
    )
    async def test_a_question_without_sense_is_refused(
        self, store: Store, where: Where, complaint: str
    ) -> None:
        async with store.read() as tx:
            with pytest.raises(ValueError, match=complaint):
                await tx.find(Practice, where)
            with pytest.raises(ValueError, match=complaint):
                await tx.count(Practice, where)

    async def test_true_is_not_more_than_false(self, store: Store) -> None:
        async with store.read() as tx:
            with pytest.raises(ValueError, match="no order"):
                await tx.find(Display, gt("is_due", value=False))

    async def test_a_list_is_a_list(self, store: Store) -> None:
        async with store.read() as tx:
            for no_list in ("abc", 7):
                with pytest.raises(TypeError, match="not a collection"):
                    await tx.find(Practice, among("name", no_list))

    async def test_an_order_or_a_limit_without_sense_is_refused(self, store: Store) -> None:
        async with store.read() as tx:
            with pytest.raises(ValueError, match="no field 'nom'"):
                await tx.find(Practice, order="-nom")
            with pytest.raises(ValueError, match="has no order"):
                await tx.find(Practice, order="digest_days")
            with pytest.raises(ValueError, match="limit of -1"):
                await tx.find(Practice, limit=-1)


class TestTransactions:
    async def test_an_error_undoes_everything(self, store: Store, garden: Garden) -> None:
        before = await everything(store)

        async def write() -> None:
            async with store.write() as tx:
                await plant(tx, "other")
                await tx.save(replace(garden[Practice], name="changed"))
                await tx.remove(garden[Display])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await write()
        assert await everything(store) == before
        async with store.write() as tx:  # and the keys are free again
            await plant(tx, "other")

    async def test_a_cancelled_write_undoes_everything(self, store: Store) -> None:
        inside = asyncio.Event()

        async def write() -> None:
            async with store.write() as tx:
                await tx.add(Practice("a"))
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await keep(store, Practice("b"))
        assert await names(store) == "b"

    async def test_a_writer_cancelled_in_the_queue_leaves_the_queue(self, store: Store) -> None:
        async with store.write() as tx:
            waiting = asyncio.create_task(keep(store, Practice("never")))
            last = asyncio.create_task(keep(store, Practice("b")))
            await asyncio.sleep(0)
            waiting.cancel()
            await tx.add(Practice("a"))
        await last
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await names(store) == "ab"

    async def test_only_what_is_committed_is_read(self, store: Store) -> None:
        async with store.write() as tx:
            await tx.add(Practice("a"))
            assert await names(store) == ""
        assert await names(store) == "a"

    async def test_a_reader_sees_one_moment(self, store: Store) -> None:
        (first,) = await keep(store, Practice("a"))
        async with store.read() as tx:
            assert await tx.count(Practice) == 1
            async with store.write() as writer:
                await writer.save(replace(first, name="z"))
                await writer.add(Practice("b"))
            assert await tx.find(Practice) == [first]
        assert await names(store) == "zb"

    async def test_a_writer_sees_its_own_writes(self, store: Store) -> None:
        async with store.write() as tx:
            kept = await tx.add(Practice("a"))
            await tx.save(replace(kept, name="b"))
            assert [each.name for each in await tx.find(Practice)] == ["b"]
            assert await tx.count(Practice, eq("name", "a")) == 0

    async def test_a_reader_writes_nothing(self, store: Store) -> None:
        (kept,) = await keep(store, Practice("a"))
        async with store.read() as tx:
            for attempt in (
                tx.add(Practice("b")),
                tx.add_new(Practice("b")),
                tx.save(replace(kept, name="b")),
                tx.remove(kept),
            ):
                with pytest.raises(RuntimeError, match="a read takes no write"):
                    await attempt
        assert await names(store) == "a"

    async def test_a_transaction_that_is_over_answers_no_more(self, store: Store) -> None:
        async with store.write() as writer:
            pass
        async with store.read() as reader:
            pass
        for attempt in (
            reader.get(Practice, 1),
            reader.find(Practice),
            reader.count(Practice),
            writer.add(Practice("a")),
        ):
            with pytest.raises(RuntimeError, match="over"):
                await attempt

    async def test_a_write_inside_a_write_is_a_mistake_that_says_so(self, store: Store) -> None:
        async with store.write():
            with pytest.raises(RuntimeError, match="inside a write"):
                async with store.write():
                    pass
        await keep(store, Practice("a"))

    async def test_the_first_of_several_decides(self, store: Store, garden: Garden) -> None:
        async def decide(state: MentionState) -> bool:
            async with store.write() as tx:
                mention = await tx.get(Mention, garden[Mention].id)
                assert mention is not None
                await asyncio.sleep(0)  # the others try now
                if mention.state is not MentionState.NEW:
                    return False
                await tx.save(replace(mention, state=state))
                return True

        states = [MentionState.LICIT, MentionState.ILLICIT, MentionState.IGNORED] * 4
        decided = await asyncio.gather(*map(decide, states))
        assert decided == [True] + [False] * 11
        async with store.read() as tx:
            (mention,) = await tx.find(Mention, eq("id", garden[Mention].id))
        assert mention.state is MentionState.LICIT

    async def test_readers_and_writers_at_once_lose_nothing(self, store: Store) -> None:
        async def count() -> int:
            async with store.read() as tx:
                return await tx.count(Practice)

        tasks = [
            asyncio.create_task(count() if number % 2 else keep(store, Practice(str(number))))
            for number in range(40)
        ]
        await asyncio.gather(*tasks)
        assert await count() == 20

    async def test_two_tasks_add_the_same_and_one_of_them_wins(self, store: Store) -> None:
        async def add() -> bool:
            async with store.write() as tx:
                return await tx.add_new(Practice("a")) is not None

        assert sorted(await asyncio.gather(*(add() for _ in range(5)))) == [False] * 4 + [True]
