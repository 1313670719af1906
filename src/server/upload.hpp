//! INSERT_DATA, DELETE_DATA and UPDATE_DATA by DoPut.
#pragma once

#include <arrow/flight/server.h>

#include "server/call.hpp"

namespace skein {

//! Reads the upload to its end and applies it: all of its rows or none. Throws RequestError or the engine's exceptions.
DistributedResponse HandleUpload(Call &call, arrow::flight::FlightMessageReader &reader);

} // namespace skein
