//! Threads that wait for the next who needs one: making a thread costs more than a small statement.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "client/transport/background_thread.hpp"

namespace skein {

//! Thread-safe. Destroying it joins the threads it has.
class IdleThreads {
public:
	//! One that was given back, or a new one.
	std::unique_ptr<BackgroundThread> Take();
	//! Takes a thread that has nothing to do; ends it where limits::idle_threads_count_max are kept already.
	void Give(std::unique_ptr<BackgroundThread> thread);
	//! For a forked child, which has the handles but not the threads: never joins them.
	void Forget();

private:
	std::mutex lock;
	//! Guarded by lock.
	std::vector<std::unique_ptr<BackgroundThread>> threads;
};

} // namespace skein
