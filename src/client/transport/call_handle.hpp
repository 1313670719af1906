//! One Flight call under way: what it takes to cancel it and to see whether it still moves.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

namespace arrow {
namespace flight {
namespace internal {
class ClientDataStream;
}
} // namespace flight
} // namespace arrow

namespace skein {

//! Why a call was ended from this side.
enum class CallCancelReason { NONE, INTERRUPTED, CANCELLED, SERVER_SILENT };

//! Every member may be called from any thread.
class CallHandle {
public:
	CallHandle();

	//! The stream of the call, once there is one. Cancelled at once if the call was.
	void Attach(std::shared_ptr<arrow::flight::internal::ClientDataStream> stream);
	//! Ends the call; what blocks in it returns. The first reason stays.
	void Cancel(CallCancelReason reason);
	CallCancelReason Reason() const;

	//! Notes that a message came or went, or that the server showed a sign of life.
	void Touch();
	//! Time since the last Touch.
	uint64_t IdleMilliseconds() const;

private:
	std::atomic<CallCancelReason> reason {CallCancelReason::NONE};
	std::atomic<std::chrono::steady_clock::time_point> touched;
	std::mutex lock;
	std::shared_ptr<arrow::flight::internal::ClientDataStream> stream;
};

} // namespace skein
