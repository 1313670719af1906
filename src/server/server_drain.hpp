//! Ending in good order.
#pragma once

#include <chrono>

namespace skein {

class DistributedFlightServer;
class Engine;

//! Refuses new work, gives work in flight `patience` to end, interrupts the rest, ends Flight and checkpoints the
//! database. Returns the process' exit code: EXIT_FINE, or EXIT_FAILED where the checkpoint failed (what was committed
//! is then in the write-ahead log and comes back with the next start). Ends the process itself, with the same codes,
//! where calls do not return though interrupted (limits.hpp: drain_return_ms_max).
int DrainServer(DistributedFlightServer &server, Engine &engine, std::chrono::seconds patience);

} // namespace skein
