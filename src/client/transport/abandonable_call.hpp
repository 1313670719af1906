//! A blocking call the caller can walk away from.
#pragma once

#include <functional>
#include <memory>

#include <arrow/result.h>
#include <arrow/status.h>

#include "client/transport/background_thread.hpp"
#include "client/transport/call_patience.hpp"

namespace skein {

//! Runs `work` on `thread` and waits for it as long as `patience` allows. Returns what the work returned; INTERRUPTED
//! or EXPIRED where it was left alone instead: `thread` is then a new one, and the work ends by itself. `work` must own
//! everything it touches and have a time limit of its own.
PatienceState RunAbandonable(std::unique_ptr<BackgroundThread> &thread, const CallPatience &patience,
                             std::function<arrow::Status()> work, arrow::Status &result);

} // namespace skein
