#include "client/transport/abandonable_call.hpp"

namespace skein {

PatienceState RunAbandonable(std::unique_ptr<BackgroundThread> &thread, const CallPatience &patience,
                             std::function<arrow::Status()> work, arrow::Status &result) {
	if (!thread) {
		thread = std::make_unique<BackgroundThread>();
	}
	auto status = std::make_shared<arrow::Status>();
	auto task = thread->Start([status, work = std::move(work)]() { *status = work(); });
	while (!task->WaitFor(patience.PollMilliseconds())) {
		auto state = patience.Check();
		if (state != PatienceState::WAITING) {
			thread = std::make_unique<BackgroundThread>();
			return state;
		}
	}
	result = *status;
	return PatienceState::WAITING;
}

} // namespace skein
