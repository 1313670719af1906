//! Runs calls that cannot be cancelled so that their caller can walk away from them.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace skein {

//! A task handed to a BackgroundThread. Shared by the thread and whoever waits.
class BackgroundTask {
public:
	explicit BackgroundTask(std::function<void()> work);

	void Run();
	//! True once the work is done; waits at most this long for it.
	bool WaitFor(uint64_t milliseconds);

private:
	std::function<void()> work;
	std::mutex lock;
	std::condition_variable changed;
	bool done = false;
};

//! One thread, started at its first task, that runs one task after the other. Tasks must own everything they touch: a
//! thread whose task still runs when the BackgroundThread is destroyed is given to a list of the process, which joins
//! it once its task has ended, at the latest at the end of the process. Every task therefore needs a limit of its own.
//! One thread at a time may use a BackgroundThread.
class BackgroundThread {
public:
	BackgroundThread() = default;
	~BackgroundThread();
	BackgroundThread(const BackgroundThread &) = delete;
	BackgroundThread &operator=(const BackgroundThread &) = delete;

	std::shared_ptr<BackgroundTask> Start(std::function<void()> work);

private:
	struct Queue;
	static void RunTasks(const std::shared_ptr<Queue> &queue);

	std::shared_ptr<Queue> queue;
	std::thread thread;
};

} // namespace skein
