//! SIGINT and SIGTERM: the first asks the server to end in good order, a second one ends the process at once. SIGHUP
//! asks for a reload where there is something to reload, and counts as SIGTERM where there is not.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace skein {

//! Make it first thing in main, while there is one thread: it blocks the signals there and so in every thread started
//! later, and takes them on a thread of its own. Until ExpectShutdown is called a signal ends the process at once with
//! exit code 128 + its number; there is nothing to save yet. Also makes writes to a closed pipe errors, not a signal.
class ShutdownSignals {
public:
	ShutdownSignals();
	~ShutdownSignals();
	ShutdownSignals(const ShutdownSignals &) = delete;
	ShutdownSignals &operator=(const ShutdownSignals &) = delete;

	//! From now on the first signal is for Wait.
	void ExpectShutdown();
	//! What SIGHUP does from now on; empty: it ends the server. Once this returns the one before runs no more.
	void SetReload(std::function<void()> reload);
	//! Waits for the first signal since ExpectShutdown and returns its number. Every later one ends the process at
	//! once.
	int Wait();

private:
	void TakeSignals();
	//! False where the signal is not for a reload.
	bool Reload(int number);

	std::mutex reload_lock;
	//! Guarded by reload_lock.
	std::function<void()> reload;
	//! The server was started under nohup.
	bool ignores_hangup = false;

	std::mutex lock;
	std::condition_variable arrived;
	bool expected = false;
	bool stopping = false;
	int first_signal = 0;
	std::thread taker;
};

} // namespace skein
