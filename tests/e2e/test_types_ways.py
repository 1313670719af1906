"""Every type by every way: tables registered and attached, SQL functions, the C++ client, pyarrow.flight."""

import pytest

from type_values import TYPES
from ways import there_and_back, with_nulls


@pytest.mark.parametrize("type_name", TYPES)
def test_every_constant(place, way, type_name):
    rows = with_nulls(way, type_name, 300)
    # What Arrow's types do not hold is for test_types_foreign.py.
    if rows:
        there_and_back(place, way, [("v", type_name)], rows)
    else:
        assert not way.lossless
