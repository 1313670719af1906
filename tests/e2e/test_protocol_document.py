"""docs/protocol.md against the contract, the code and a real server."""

import importlib
import pathlib
import re

import wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text()


def test_worked_exchanges_work(server, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(blocks) >= 9
    # "import distributed_protocol_pb2" in the first block finds the classes made of the contract.
    monkeypatch.setitem(importlib.sys.modules, "distributed_protocol_pb2", wire.messages())
    names = {"uri": server.uri}
    for block in blocks:
        exec(compile(block, "docs/protocol.md", "exec"), names)
    carried = " ".join(blocks)
    for kind in ("EXECUTE_SQL", "CREATE_TABLE", "DROP_TABLE", "INSERT_DATA", "SCAN_TABLE", "DELETE_DATA", "TABLE_EXISTS"):
        assert f"pb.{kind}" in carried


def test_every_message_field_and_value_is_described():
    file = wire.messages().DESCRIPTOR
    for message in file.message_types_by_name.values():
        assert message.name in DOCUMENT, message.name
        for field in message.fields:
            described = rf"`{field.name}` \| {field.number} \|" + "|" + rf"`{field.name}` \({field.number}\)"
            assert re.search(described, DOCUMENT), f"{message.name}.{field.name} = {field.number}"
    for kind in file.enum_types_by_name["RequestType"].values:
        assert kind.number == 0 or re.search(rf"^\| {kind.name} \|", DOCUMENT, re.MULTILINE), kind.name
    for category in file.enum_types_by_name["ErrorCategory"].values:
        assert category.number == 0 or f"| `{category.name}` |" in DOCUMENT, category.name


def test_table_of_errors_is_the_codes():
    grpc_codes = {"Failed": "UNKNOWN", "Unauthorized": "PERMISSION_DENIED"}
    code = (ROOT / "src" / "protocol" / "errors.cpp").read_text()
    rows = re.findall(
        r"\{ErrorCategory::(\w+), FlightStatusCode::(\w+), StatusCode::(\w+), \"([^\"]+)\"\}", code
    )
    assert len(rows) == len(wire.messages().DESCRIPTOR.enum_types_by_name["ErrorCategory"].values)
    for category, flight_code, arrow_code, exception in rows:
        if category == "UNSPECIFIED":
            continue
        cells = re.search(rf"^\| `{category}` \|(.*)\|$", DOCUMENT, re.MULTILINE)[1].split("|")
        cells = [cell.strip() for cell in cells]
        assert cells[0] == flight_code, category
        assert cells[1] == grpc_codes.get(flight_code, flight_code.upper()), category
        assert cells[2] == arrow_code, category
        assert exception in cells[3], category
