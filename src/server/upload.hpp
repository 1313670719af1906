//! INSERT_DATA, DELETE_DATA and UPDATE_DATA: by DoPut, or by DoExchange where the changed rows are wanted back.
#pragma once

#include <memory>

#include <arrow/flight/server.h>

#include "server/call.hpp"
#include "server/row_source.hpp"

namespace skein {

//! Reads the upload to its end and applies it: all of its rows or none. Throws RequestError or the engine's exceptions.
DistributedResponse HandleUpload(Call &call, arrow::flight::FlightMessageReader &reader);

//! The same for a request with returning_columns. When it returns the change is made; the source has its rows.
std::unique_ptr<RowSource> OpenUpload(Call &call, arrow::flight::FlightMessageReader &reader);

} // namespace skein
