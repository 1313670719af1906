#include "server/shutdown_signals.hpp"

#include <csignal>

#include <pthread.h>
#include <unistd.h>

namespace skein {

namespace {

sigset_t ShutdownSet() {
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	return signals;
}

} // namespace

ShutdownSignals::ShutdownSignals() {
	struct sigaction hangup;
	ignores_hangup = sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler == SIG_IGN;
	auto signals = ShutdownSet();
	pthread_sigmask(SIG_BLOCK, &signals, nullptr);
	signal(SIGPIPE, SIG_IGN);
	taker = std::thread([this] { TakeSignals(); });
}

ShutdownSignals::~ShutdownSignals() {
	{
		std::lock_guard<std::mutex> guard(lock);
		stopping = true;
	}
	// Nothing but a signal wakes the thread.
	pthread_kill(taker.native_handle(), SIGTERM);
	taker.join();
}

void ShutdownSignals::ExpectShutdown() {
	std::lock_guard<std::mutex> guard(lock);
	expected = true;
}

void ShutdownSignals::SetReload(std::function<void()> new_reload) {
	std::lock_guard<std::mutex> guard(reload_lock);
	reload = std::move(new_reload);
}

bool ShutdownSignals::Reload(int number) {
	if (number != SIGHUP) {
		return false;
	}
	std::lock_guard<std::mutex> guard(reload_lock);
	if (reload) {
		reload();
		return true;
	}
	return ignores_hangup;
}

int ShutdownSignals::Wait() {
	std::unique_lock<std::mutex> guard(lock);
	arrived.wait(guard, [this] { return first_signal != 0; });
	return first_signal;
}

void ShutdownSignals::TakeSignals() {
	auto signals = ShutdownSet();
	while (true) {
		int number = 0;
		if (sigwait(&signals, &number) != 0) {
			continue;
		}
		if (Reload(number)) {
			continue;
		}
		std::lock_guard<std::mutex> guard(lock);
		if (stopping) {
			return;
		}
		if (!expected || first_signal != 0) {
			_exit(128 + number);
		}
		first_signal = number;
		arrived.notify_all();
	}
}

} // namespace skein
