#include "server/cancellation.hpp"

#include "server/request_error.hpp"

namespace skein {

void ThrowIfCancelled(CancelReason reason, uint64_t seconds_max) {
	switch (reason) {
	case CancelReason::NONE:
		return;
	case CancelReason::CLIENT_GONE:
		throw RequestError(ErrorCategory::CANCELLED, "The client cancelled the call or is gone");
	case CancelReason::SESSION_ENDED:
		throw RequestError(ErrorCategory::SESSION_NOT_FOUND, "The session of this call has ended");
	case CancelReason::SHUTDOWN:
		throw RequestError(ErrorCategory::SERVER_UNAVAILABLE,
		                   "The server is shutting down and does not wait any longer");
	case CancelReason::TOKEN_REPLACED:
		throw RequestError(ErrorCategory::NOT_AUTHENTICATED, "The server has a new token since this call began: the "
		                                                     "token it came with is not the server's any more");
	case CancelReason::TIME_OVER:
		throw RequestError(ErrorCategory::LIMIT_REACHED, "The statement took longer than the " +
		                                                     std::to_string(seconds_max) +
		                                                     " seconds the server gives one (--max-statement-seconds)");
	}
}

void CancellableMutex::Lock(const CancelCheck &check) {
	std::unique_lock<std::mutex> guard(mutex);
	while (locked) {
		unlocked.wait_for(guard, CANCEL_POLL);
		if (locked) {
			guard.unlock();
			check();
			guard.lock();
		}
	}
	locked = true;
}

bool CancellableMutex::TryLock() {
	std::lock_guard<std::mutex> guard(mutex);
	if (locked) {
		return false;
	}
	locked = true;
	return true;
}

void CancellableMutex::Unlock() {
	{
		std::lock_guard<std::mutex> guard(mutex);
		locked = false;
	}
	unlocked.notify_one();
}

} // namespace skein
