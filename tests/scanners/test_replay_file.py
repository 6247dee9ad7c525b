"""The Replay CSV: what becomes a scan, what is named unreadable, what is refused whole."""

import json
import os
import threading
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.pickups import write_replay_csv
from scanners.replay_file import ReplayFileError, ReplayRow, UnreadableRow, read_replay
from tracker.wire.event import decode_event, encode_event
from tracker.wire.event_ids import derive_event_id
from tracker.wire.steps import Step
from tracker.wire.topics import Post

HEADER = (
    "waybill_no,step,event_time,carrier,station,event_id,operator,lng,lat,"
    "promised_at,origin,destination,weight_g,details"
)
GOOD = {
    "waybill_no": "BB000000000001",
    "step": "accepted",
    "event_time": "2026-05-01T09:28:00+08:00",
    "carrier": "BLUEBIRD",
    "station": "BB330106",
}
SHORT = ",".join(GOOD)
SHORT_ROW = ",".join(GOOD.values())


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\r\n') else cell


def _row(**cells: str) -> str:
    return ",".join(_quote((GOOD | cells).get(name, "")) for name in HEADER.split(","))


def _read(tmp_path: Path, content: str | bytes, **options: str) -> list[ReplayRow | UnreadableRow]:
    path = tmp_path / "replay.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_replay(path, **options))


def _read_one(tmp_path: Path, **cells: str) -> ReplayRow | UnreadableRow:
    (row,) = _read(tmp_path, f"{HEADER}\n{_row(**cells)}\n")
    assert row.line == 2
    return row


def _codes(rows: list[ReplayRow | UnreadableRow]) -> list[tuple[int, str]]:
    return [(row.line, row.code if isinstance(row, UnreadableRow) else "ok") for row in rows]


# --- a readable row -------------------------------------------------------------------------------------------------


def test_a_row_becomes_a_scan_of_the_gateway_at_that_station(tmp_path):
    details = {
        "identity": {"kind": "resident_id", "checked": True},
        "goods": [{"gtin": "06999999000017", "lot": "L1", "serial": "7"}],
    }
    row = _read_one(
        tmp_path,
        event_id="018f2fd2-cf00-7abc-8def-0123456789ab",
        operator="BB-01",
        lng="120.12",
        lat="30.25",
        promised_at="2026-05-04",
        origin="330106",
        destination="500112",
        weight_g="830",
        details=json.dumps(details),
    )
    assert isinstance(row, ReplayRow)
    assert row.post == Post("BLUEBIRD", "BB330106", "replay")
    assert row.scan.event_id == UUID("018f2fd2-cf00-7abc-8def-0123456789ab")
    assert (row.scan.seq, row.scan.step, row.scan.waybill_no) == (0, Step.ACCEPTED, "BB000000000001")
    assert row.scan.event_time == datetime(2026, 5, 1, 1, 28, tzinfo=UTC)
    assert row.scan.operator == "BB-01"
    assert row.scan.position is not None
    assert (row.scan.position.lng, row.scan.position.lat) == (120.12, 30.25)
    merged = {"promised_at": "2026-05-04", "origin": "330106", "destination": "500112", "weight_g": 830}
    assert json.loads(bytes(row.scan.details)) == details | merged


def test_the_required_columns_are_enough(tmp_path):
    (row,) = _read(tmp_path, f"{SHORT}\n{SHORT_ROW}\n")
    assert isinstance(row, ReplayRow)
    assert (row.scan.operator, row.scan.position, bytes(row.scan.details)) == (None, None, b"{}")


def test_a_row_without_an_id_gets_the_derived_one(tmp_path):
    row = _read_one(tmp_path)
    assert isinstance(row, ReplayRow)
    assert row.scan.event_id == derive_event_id(
        waybill_no="BB000000000001",
        step=Step.ACCEPTED,
        event_time=datetime(2026, 5, 1, 1, 28, tzinfo=UTC),
        carrier="BLUEBIRD",
        station="BB330106",
    )


def test_reading_twice_gives_the_same_bytes(tmp_path):
    content = f"{HEADER}\n{_row(origin='330106')}\n{_row(step='delivered')}\n"
    first, second = (
        [encode_event(row.scan) for row in _read(tmp_path, content) if isinstance(row, ReplayRow)] for _ in range(2)
    )
    assert len(first) == 2
    assert first == second


def test_a_promise_belongs_to_every_step(tmp_path):
    for step in Step:
        assert isinstance(_read_one(tmp_path, step=step.value, promised_at="2026-05-04"), ReplayRow)


def test_a_column_and_details_may_say_the_same(tmp_path):
    assert isinstance(_read_one(tmp_path, weight_g="5", details='{"weight_g":5}'), ReplayRow)


@pytest.mark.parametrize(
    "event_time",
    ["2026-05-01T09:28:00.123456+08:00", "2026-05-01 09:28:00+08:00", "2026-05-01t01:28:00z", "2026-05-01T01:28:00Z"],
)
def test_rfc_3339_is_read_in_all_its_forms(tmp_path, event_time):
    assert isinstance(_read_one(tmp_path, event_time=event_time), ReplayRow)


def test_all_pickups_of_the_data_set_are_readable(tmp_path):
    path = tmp_path / "pickups.csv"
    write_replay_csv(path)
    rows = list(read_replay(path))
    assert len(rows) == 12_380
    assert all(isinstance(row, ReplayRow) for row in rows)
    assert len({row.scan.event_id for row in rows if isinstance(row, ReplayRow)}) == 12_380


# --- an unreadable row ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"waybill_no": ""}, "column_missing"),
        ({"waybill_no": "  "}, "column_missing"),
        ({"station": ""}, "column_missing"),
        ({"waybill_no": "BB 1"}, "code_invalid"),
        ({"waybill_no": "运单1"}, "code_invalid"),
        ({"waybill_no": "B" * 65}, "code_invalid"),
        ({"waybill_no": "BB\x001"}, "code_invalid"),
        ({"carrier": "a/b"}, "code_invalid"),
        ({"station": "+"}, "code_invalid"),
        ({"operator": "张三"}, "code_invalid"),
        ({"step": "collected"}, "step_unknown"),
        ({"step": "Accepted"}, "step_unknown"),
        ({"event_time": "2026-05-01T09:28:00"}, "time_naive"),
        ({"event_time": "2026-05-01 09:28"}, "time_naive"),
        ({"event_time": "2026-05-01"}, "time_naive"),
        ({"event_time": "2026-02-30T09:28:00+08:00"}, "time_invalid"),
        ({"event_time": "2026-05-01T09:28:60+08:00"}, "time_invalid"),
        ({"event_time": "2026-05-01T09:28:00+99:00"}, "time_invalid"),
        ({"event_time": "1969-12-31T23:59:59+00:00"}, "time_invalid"),
        ({"event_time": "1970-01-01T00:00:00+08:00"}, "time_invalid"),
        ({"event_time": "20260501T092800+0800"}, "time_invalid"),
        ({"event_time": "01/05/2026 09:28"}, "time_invalid"),
        ({"event_time": "1777600080"}, "time_invalid"),
        ({"event_time": "２026-05-01T09:28:00+08:00"}, "time_invalid"),
        ({"event_id": "1"}, "event_id_invalid"),
        ({"event_id": "018f2fd2cf007abc8def0123456789ab"}, "event_id_invalid"),
        ({"lng": "120.1"}, "number_invalid"),
        ({"lat": "30.1"}, "number_invalid"),
        ({"lng": "x", "lat": "30"}, "number_invalid"),
        ({"lng": "1e999", "lat": "30"}, "number_invalid"),
        ({"lng": "1_0", "lat": "30"}, "number_invalid"),
        ({"lng": "١٢٠", "lat": "30"}, "number_invalid"),
        ({"lng": "NaN", "lat": "30"}, "number_not_finite"),
        ({"lng": "-inf", "lat": "30"}, "number_not_finite"),
        ({"lng": "181", "lat": "30"}, "field_invalid"),
        ({"weight_g": "1.5"}, "number_invalid"),
        ({"weight_g": "-1"}, "number_invalid"),
        ({"weight_g": "9999999999"}, "detail_invalid"),
        ({"origin": "3301"}, "detail_invalid"),
        ({"destination": "杭州市"}, "detail_invalid"),
        ({"promised_at": "tomorrow"}, "detail_invalid"),
        ({"promised_at": "2026-05-01T09:28:00"}, "detail_invalid"),
        ({"promised_at": "2026-02-30"}, "detail_invalid"),
        ({"details": "{"}, "details_invalid"),
        ({"details": "[]"}, "details_invalid"),
        ({"details": "null"}, "details_invalid"),
        ({"details": '{},"seq":5'}, "details_invalid"),
        ({"details": "[" * 5000}, "details_invalid"),
        ({"details": '{"weight_g":' + "[" * 5000 + "]" * 5000 + "}"}, "details_invalid"),
        ({"details": '{"weight_g":NaN}'}, "number_not_finite"),
        ({"details": '{"weight_g":-Infinity}'}, "number_not_finite"),
        ({"details": '{"note":"hello"}'}, "detail_unknown"),
        ({"details": '{"weight_g":"5"}'}, "detail_invalid"),
        ({"details": '{"weight_g":4}', "weight_g": "5"}, "details_invalid"),
        ({"details": '{"goods":[' + ",".join(['{"gtin":"06999999000017"}'] * 201) + "]}"}, "detail_invalid"),
        ({"details": '{"goods":"' + "x" * 20_000 + '"}'}, "event_too_large"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_in_a_stable_code(tmp_path, cells, code):
    row = _read_one(tmp_path, **cells)
    assert isinstance(row, UnreadableRow)
    assert row.code == code


@pytest.mark.parametrize("column", ["origin", "destination", "weight_g"])
def test_a_column_that_the_step_does_not_carry_is_left_out_of_its_event(tmp_path, column):
    row = _read_one(tmp_path, step="delivered", **{column: "330106"})
    assert isinstance(row, ReplayRow)
    assert column.encode() not in encode_event(row.scan)


def test_a_reason_never_repeats_the_cell(tmp_path):
    secret = "11010519491231002X 张三"
    for column in HEADER.split(","):
        row = _read_one(tmp_path, **{column: secret})
        assert isinstance(row, UnreadableRow), column
        assert "1949" not in row.reason
        assert "张三" not in row.reason


def test_an_unreadable_row_does_not_stop_the_rest(tmp_path):
    rows = _read(tmp_path, f"{HEADER}\n{_row()}\n{_row(step='?')}\n{_row(step='delivered')}\n")
    assert _codes(rows) == [(2, "ok"), (3, "step_unknown"), (4, "ok")]


def test_a_torn_last_line_is_named_and_the_rest_is_read(tmp_path):
    whole = f"{SHORT}\n{SHORT_ROW}\n{SHORT_ROW}\n"
    torn = whole.encode()[: -len("BLUEBIRD,BB330106\n")]
    assert _codes(_read(tmp_path, torn)) == [(2, "ok"), (3, "row_torn")]


def test_a_line_torn_inside_a_quoted_cell_is_named(tmp_path):
    rows = _read(tmp_path, f'{HEADER}\n{_row()}\n{_row()[:-1]},"{{""identity"":')
    assert _codes(rows) == [(2, "ok"), (3, "row_torn")]


def test_a_line_torn_inside_a_character_is_torn_and_not_another_encoding(tmp_path):
    content = f"{SHORT},city\n{SHORT_ROW},杭州\n{SHORT_ROW},杭州".encode()
    for cut in (1, 2):
        assert _codes(_read(tmp_path, content[:-cut])) == [(2, "ok"), (3, "row_torn")]


def test_a_last_line_without_a_line_end_is_whole_when_it_has_all_columns(tmp_path):
    assert _codes(_read(tmp_path, f"{SHORT}\n{SHORT_ROW}")) == [(2, "ok")]


def test_more_columns_than_the_header_are_unreadable_unless_they_are_empty(tmp_path):
    rows = _read(tmp_path, f"{SHORT}\n{SHORT_ROW},x\n{SHORT_ROW},,\n")
    assert _codes(rows) == [(2, "row_too_wide"), (3, "ok")]


def test_a_cell_of_a_megabyte_costs_its_own_row_only(tmp_path):
    rows = _read(tmp_path, f"{HEADER}\n{_row(details='x' * 2**20)}\n{_row()}\n")
    assert _codes(rows) == [(2, "row_too_long"), (3, "ok")]


def test_a_quote_never_closed_costs_one_line_however_long_the_file_is(tmp_path):
    rows = _read(tmp_path, f'{HEADER}\n"{_row()}\n' + f"{_row()}\n" * 3000)
    assert _codes(rows) == [(2, "row_too_long"), *((line, "ok") for line in range(3, 3003))]


def test_text_after_a_closing_quote_is_not_csv(tmp_path):
    rows = _read(tmp_path, f'{SHORT}\n"BB1"x,accepted,,,\n{SHORT_ROW}\n')
    assert _codes(rows) == [(2, "row_malformed"), (3, "ok")]


def test_a_few_bad_bytes_spoil_their_row_and_not_the_file(tmp_path):
    content = f"{SHORT}\n{SHORT_ROW}\n".encode() + b"\xff\xfe\x00,,,,\n" + f"{SHORT_ROW}\n".encode()
    assert _codes(_read(tmp_path, content)) == [(2, "ok"), (3, "encoding_invalid"), (4, "ok")]


def test_one_line_of_another_encoding_in_a_utf_8_file_spoils_its_row_only(tmp_path):
    city = f"{SHORT_ROW},杭州\n"
    content = f"{SHORT},city\n{city}{city}".encode() + city.encode("gbk") + city.encode()
    assert _codes(_read(tmp_path, content)) == [(2, "ok"), (3, "ok"), (4, "encoding_invalid"), (5, "ok")]


# --- the shape of the file ------------------------------------------------------------------------------------------


def test_a_bom_is_accepted(tmp_path):
    assert _codes(_read(tmp_path, f"\ufeff{SHORT}\n{SHORT_ROW}\n")) == [(2, "ok")]
    quoted = ",".join(f'"{name}"' for name in GOOD)
    assert _codes(_read(tmp_path, f"\ufeff{quoted}\n{SHORT_ROW}\n")) == [(2, "ok")]


def test_a_blank_before_a_quote_is_not_part_of_the_cell(tmp_path):
    quoted = ", ".join(f'"{cell}"' for cell in GOOD.values())
    assert _codes(_read(tmp_path, f"{SHORT}\n{quoted}\n")) == [(2, "ok")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_both_line_ends_are_read(tmp_path, line_end):
    content = line_end.join([HEADER, _row(), "", _row(step="delivered"), ""])
    assert _codes(_read(tmp_path, content)) == [(2, "ok"), (4, "ok")]


def test_empty_rows_are_left_out_and_lines_still_count(tmp_path):
    rows = _read(tmp_path, f"\n{SHORT}\n\n   \n,,,,\n{SHORT_ROW}\n\n")
    assert _codes(rows) == [(6, "ok")]


def test_a_row_over_several_lines_has_the_number_of_its_first(tmp_path):
    details = '{\n  "weight_g": 5\n}'
    rows = _read(tmp_path, f"{HEADER}\n{_row(details=details)}\n{_row(step='?')}\n")
    assert _codes(rows) == [(2, "ok"), (5, "step_unknown")]


def test_a_header_may_have_blanks_capitals_and_any_order(tmp_path):
    rows = _read(tmp_path, " Station ,CARRIER, Event_Time,step,Waybill_No\nS1,C1,2026-05-01T00:00:00Z,lost,W1\n")
    assert _codes(rows) == [(2, "ok")]


def test_columns_that_are_not_ours_are_left_alone(tmp_path):
    rows = _read(tmp_path, f"city,{SHORT},\n杭州,{SHORT_ROW},\n")
    assert _codes(rows) == [(2, "ok")]


def test_cells_may_have_blanks_around_them(tmp_path):
    (row,) = _read(tmp_path, f"{SHORT}\n{SHORT_ROW.replace(',', ' , ')}\n")
    assert isinstance(row, ReplayRow)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        "\ufeff",
        "waybill_no,step,event_time,carrier\n",
        SHORT.replace(",", ";"),
        SHORT_ROW,
        f"{SHORT},step\n",
        f'"{SHORT}\n',
        "x" * 2**17,
        SHORT.replace(",", "\r"),
    ],
)
def test_a_file_without_the_required_columns_is_refused(tmp_path, content):
    with pytest.raises(ReplayFileError) as refused:
        _read(tmp_path, content)
    assert refused.value.code == "header"


def test_the_refusal_names_the_missing_columns(tmp_path):
    with pytest.raises(ReplayFileError, match="carrier, station"):
        _read(tmp_path, "waybill_no,step,event_time\n")


# --- encodings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        f"{SHORT},城市\n{SHORT_ROW},杭州\n".encode("gbk"),
        f"{SHORT},city\n{SHORT_ROW},杭州\n".encode("gbk"),
        f"{SHORT},city\n{SHORT_ROW},杭州".encode("gbk"),
        (f"{SHORT},city\n" + f"{SHORT_ROW},x\n" * 5000 + f"{SHORT_ROW},杭州\n").encode("gb18030"),
        f"{SHORT}\n{SHORT_ROW}\n".encode("utf-16"),
        f"{SHORT}\n{SHORT_ROW}\n".encode("utf-16-be"),
    ],
)
def test_another_encoding_is_refused_before_the_first_row(tmp_path, content):
    path = tmp_path / "replay.csv"
    path.write_bytes(content)
    with pytest.raises(ReplayFileError) as refused:
        next(read_replay(path))
    assert refused.value.code == "encoding"


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_a_refused_encoding_hints_at_the_option(tmp_path, encoding):
    with pytest.raises(ReplayFileError, match="--encoding gb18030") as refused:
        _read(tmp_path, f"{SHORT},city\n{SHORT_ROW},杭州\n".encode(encoding))
    assert refused.value.code == "encoding"


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16", "utf-16-le", "UTF8", "utf-8-sig", "big5"])
def test_a_named_encoding_is_read(tmp_path, encoding):
    content = f"{SHORT},city\n{SHORT_ROW},上海\n{SHORT_ROW},上海\n".encode(encoding)
    assert _codes(_read(tmp_path, content, encoding=encoding)) == [(2, "ok"), (3, "ok")]


@pytest.mark.parametrize("encoding", ["no-such-encoding", "hex", "undefined", "", "\x00"])
def test_an_encoding_that_does_not_exist_is_refused(tmp_path, encoding):
    with pytest.raises(ReplayFileError) as refused:
        _read(tmp_path, f"{SHORT}\n{SHORT_ROW}\n", encoding=encoding)
    assert refused.value.code == "encoding"


def test_a_row_that_does_not_fit_the_named_encoding_is_named(tmp_path):
    content = f"{SHORT},city\n{SHORT_ROW},杭州\n".encode("gbk") + f"{SHORT_ROW},".encode() + b"\xff\xff\n"
    assert _codes(_read(tmp_path, content, encoding="gbk")) == [(2, "ok"), (3, "encoding_invalid")]


# --- size and sources -----------------------------------------------------------------------------------------------


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write(f"{SHORT}\n")
        file.writelines(f"{SHORT_ROW}\n" * 20_000)
        file.write("x" * 8_000_000 + "\n")
    tracemalloc.start()
    rows = sum(1 for _ in read_replay(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 20_001
    assert peak < 3_000_000


def test_a_pipe_is_read_like_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"{SHORT}\n{SHORT_ROW}\n",))
    writer.start()
    rows = list(read_replay(pipe))
    writer.join()
    assert _codes(rows) == [(2, "ok")]


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(read_replay(tmp_path / "none.csv"))


# --- laws -----------------------------------------------------------------------------------------------------------

_scraps = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b'"', b",", b"\n", b"\r\n", b"\r", b"\x00", b"\xef\xbb\xbf", b"{}", b"NaN"]),
        st.just(SHORT_ROW.encode()),
        st.just(_row(details='{"weight_g":5}').encode()),
        st.text(max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass")),
    ),
    max_size=30,
).map(b"".join)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", f"{SHORT}\n".encode(), f"{HEADER}\n".encode()]),
    scraps=_scraps,
    encoding=st.sampled_from(["utf-8", "utf-8", "gbk", "utf-16", "utf-7", "latin-1"]),
)
def test_any_bytes_give_rows_unreadable_rows_or_a_refusal(tmp_path, start, scraps, encoding):
    try:
        rows = _read(tmp_path, start + scraps, encoding=encoding)
    except ReplayFileError:
        return
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    for row in rows:
        if isinstance(row, ReplayRow):
            assert decode_event(encode_event(row.scan)).scan == row.scan
        else:
            assert row.code.isidentifier()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.sampled_from(HEADER.split(",")), cell=st.text())
def test_any_text_in_any_cell_is_a_row_or_a_named_one(tmp_path, column, cell):
    rows = _read(tmp_path, f"{HEADER}\n{_row(**{column: cell})}\n".encode("utf-8", "surrogatepass"))
    assert rows
    assert rows[0].line == 2


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0), rows=st.integers(min_value=1, max_value=5))
def test_a_cut_anywhere_costs_at_most_the_last_row(tmp_path, cut, rows):
    whole = (f"{HEADER}\n" + f"{_row(details='{}', operator='BB-01')}\n" * rows).encode()
    kept = whole[: len(HEADER) + 1 + cut % (len(whole) - len(HEADER))]
    read = _read(tmp_path, kept)
    assert all(isinstance(row, ReplayRow) for row in read[:-1])
    assert len(read) >= kept.count(b"\n") - 1
