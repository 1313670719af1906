#include "client/transport/background_thread.hpp"

#include <chrono>
#include <deque>
#include <list>

namespace skein {

//===--------------------------------------------------------------------===//
// Task
//===--------------------------------------------------------------------===//
BackgroundTask::BackgroundTask(std::function<void()> work_p) : work(std::move(work_p)) {
}

void BackgroundTask::Run() {
	work();
	// What the work owns ends with it, not with the last who waits.
	work = nullptr;
	std::lock_guard<std::mutex> guard(lock);
	done = true;
	changed.notify_all();
}

bool BackgroundTask::WaitFor(uint64_t milliseconds) {
	std::unique_lock<std::mutex> guard(lock);
	return changed.wait_for(guard, std::chrono::milliseconds(milliseconds), [this]() { return done; });
}

//===--------------------------------------------------------------------===//
// Threads that were left alone
//===--------------------------------------------------------------------===//
namespace {

class AbandonedThreads {
public:
	static AbandonedThreads &Get() {
		static AbandonedThreads instance;
		return instance;
	}

	~AbandonedThreads() {
		for (auto &entry : threads) {
			entry.thread.join();
		}
	}

	void Add(std::thread thread, std::function<bool()> has_ended) {
		std::lock_guard<std::mutex> guard(lock);
		for (auto entry = threads.begin(); entry != threads.end();) {
			if (!entry->has_ended()) {
				++entry;
				continue;
			}
			entry->thread.join();
			entry = threads.erase(entry);
		}
		threads.push_back({std::move(thread), std::move(has_ended)});
	}

private:
	struct Entry {
		std::thread thread;
		std::function<bool()> has_ended;
	};

	std::mutex lock;
	std::list<Entry> threads;
};

} // namespace

//===--------------------------------------------------------------------===//
// Thread
//===--------------------------------------------------------------------===//
struct BackgroundThread::Queue {
	std::mutex lock;
	std::condition_variable changed;
	std::deque<std::shared_ptr<BackgroundTask>> tasks;
	bool busy = false;
	bool stopping = false;
	bool ended = false;
};

BackgroundThread::~BackgroundThread() {
	if (!queue) {
		return;
	}
	bool busy;
	{
		std::lock_guard<std::mutex> guard(queue->lock);
		queue->stopping = true;
		busy = queue->busy || !queue->tasks.empty();
	}
	queue->changed.notify_all();
	if (!busy) {
		thread.join();
		return;
	}
	AbandonedThreads::Get().Add(std::move(thread), [queue = queue]() {
		std::lock_guard<std::mutex> guard(queue->lock);
		return queue->ended;
	});
}

std::shared_ptr<BackgroundTask> BackgroundThread::Start(std::function<void()> work) {
	auto task = std::make_shared<BackgroundTask>(std::move(work));
	if (!queue) {
		// Made before any thread of ours, so that it is destroyed after the last user of one.
		AbandonedThreads::Get();
		queue = std::make_shared<Queue>();
		thread = std::thread([queue = queue]() { RunTasks(queue); });
	}
	{
		std::lock_guard<std::mutex> guard(queue->lock);
		queue->tasks.push_back(task);
	}
	queue->changed.notify_all();
	return task;
}

void BackgroundThread::RunTasks(const std::shared_ptr<Queue> &queue) {
	std::unique_lock<std::mutex> guard(queue->lock);
	while (true) {
		queue->changed.wait(guard, [&]() { return queue->stopping || !queue->tasks.empty(); });
		if (queue->tasks.empty()) {
			queue->ended = true;
			return;
		}
		auto task = std::move(queue->tasks.front());
		queue->tasks.pop_front();
		queue->busy = true;
		guard.unlock();
		task->Run();
		task.reset();
		guard.lock();
		queue->busy = false;
	}
}

} // namespace skein
