//! The settings of a client's connection that a statement takes along (protocol/mirrored_settings.hpp).
#pragma once

#include <map>
#include <string>

#include "duckdb/main/client_context.hpp"

namespace skein {

//! Those that differ from DuckDB's defaults, as text; the time zone and the calendar always, because their defaults are
//! the machine's.
std::map<std::string, std::string> MirroredSettings(const duckdb::ClientContext &context);

} // namespace skein
