#include "client/transport/call_handle.hpp"

#include <arrow/flight/transport.h>

namespace skein {

CallHandle::CallHandle() : touched(std::chrono::steady_clock::now()) {
}

void CallHandle::Attach(std::shared_ptr<arrow::flight::internal::ClientDataStream> stream_p) {
	std::lock_guard<std::mutex> guard(lock);
	stream = std::move(stream_p);
	if (reason != CallCancelReason::NONE) {
		stream->TryCancel();
	}
}

void CallHandle::Cancel(CallCancelReason new_reason) {
	auto expected = CallCancelReason::NONE;
	reason.compare_exchange_strong(expected, new_reason);
	std::lock_guard<std::mutex> guard(lock);
	if (stream) {
		stream->TryCancel();
	}
}

CallCancelReason CallHandle::Reason() const {
	return reason;
}

void CallHandle::Touch() {
	touched = std::chrono::steady_clock::now();
}

uint64_t CallHandle::IdleMilliseconds() const {
	auto idle = std::chrono::steady_clock::now() - touched.load();
	return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(idle).count());
}

} // namespace skein
