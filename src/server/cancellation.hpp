//! Waiting that can be given up, and why it was.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace skein {

//! Why a call must not go on.
enum class CancelReason { NONE, CLIENT_GONE, SESSION_ENDED, SHUTDOWN, TOKEN_REPLACED, TIME_OVER };

//! Throws RequestError saying so; does nothing for NONE. Only what the client itself gave up is CANCELLED: pyarrow
//! takes that status for a Ctrl-C of its user and raises KeyboardInterrupt. `seconds_max`: the time that is over.
void ThrowIfCancelled(CancelReason reason, uint64_t seconds_max = 0);

//! Asked while waiting; throws to end the wait. Must be quick.
using CancelCheck = std::function<void()>;

//! A lock whose waiters give up when their calls are cancelled. Fair enough: no caller holds it while waiting for a
//! client.
class CancellableMutex {
public:
	//! Waits for the lock; what `check` throws ends the wait without it.
	void Lock(const CancelCheck &check);
	bool TryLock();
	void Unlock();

private:
	std::mutex mutex;
	std::condition_variable unlocked;
	bool locked = false;
};

//! Holds a CancellableMutex for a scope.
class CancellableLock {
public:
	CancellableLock(CancellableMutex &mutex, const CancelCheck &check) : mutex(mutex) {
		mutex.Lock(check);
	}
	~CancellableLock() {
		mutex.Unlock();
	}
	CancellableLock(const CancellableLock &) = delete;
	CancellableLock &operator=(const CancellableLock &) = delete;

private:
	CancellableMutex &mutex;
};

//! How often waits look for a cancelled call.
constexpr std::chrono::milliseconds CANCEL_POLL {20};

} // namespace skein
