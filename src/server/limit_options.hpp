//! The options that set a server's limits.
#pragma once

#include "server/server_limits.hpp"

namespace CLI {
class App;
} // namespace CLI

namespace skein {

//! Adds them to `app`; `limits` holds the defaults and is filled when `app` parses. Must outlive that.
void AddLimitOptions(CLI::App &app, ServerLimits &limits);

} // namespace skein
