//! SCAN_TABLE.
#pragma once

#include <memory>

#include "server/row_source.hpp"

namespace skein {

//! Throws RequestError or the engine's exceptions.
std::unique_ptr<RowSource> OpenScan(Call &call);

} // namespace skein
