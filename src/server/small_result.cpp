#include "server/small_result.hpp"

#include <chrono>
#include <deque>
#include <exception>

#include "protocol/limits.hpp"

namespace skein {

namespace {

using Clock = std::chrono::steady_clock;

//! Ends a wait that took too long; what was waited for goes on.
struct WaitedLongEnough {};

class SmallResultSource : public RowSource {
public:
	explicit SmallResultSource(std::unique_ptr<RowSource> source_p) : source(std::move(source_p)) {
		catalog_version = source->catalog_version;
		deferred_return_type = source->deferred_return_type;
		can_be_shared = source->can_be_shared;
		drop_columns = source->drop_columns;
	}

	void ReadAhead(const StatementLease &statement) {
		const auto deadline = Clock::now() + std::chrono::milliseconds(limits::small_result_wait_ms);
		auto check_both = [&, check = statement.Checker()]() {
			check();
			if (Clock::now() >= deadline) {
				throw WaitedLongEnough();
			}
		};
		try {
			TakeBatches(check_both);
		} catch (const WaitedLongEnough &) {
			// The rest comes through the stream.
		} catch (...) {
			failure = std::current_exception();
		}
		if (failure) {
			statement.Check();
		}
	}

	std::shared_ptr<arrow::Schema> Schema() const override {
		return source->Schema();
	}
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check) override {
		if (!batches.empty()) {
			auto batch = std::move(batches.front());
			batches.pop_front();
			return batch;
		}
		if (failure) {
			std::rethrow_exception(failure);
		}
		return is_complete ? nullptr : source->Next(check);
	}
	void Interrupt() override {
		source->Interrupt();
	}

private:
	void TakeBatches(const CancelCheck &check) {
		uint64_t bytes = 0;
		while (bytes < limits::small_result_bytes_max) {
			auto batch = source->Next(check);
			if (!batch) {
				is_complete = true;
				return;
			}
			bytes += batch->wire_bytes;
			batches.push_back(std::move(batch));
		}
	}

	const std::unique_ptr<RowSource> source;
	std::deque<duckdb::unique_ptr<EncodedBatch>> batches;
	std::exception_ptr failure;
};

} // namespace

std::unique_ptr<RowSource> ReadSmallResult(Call &call, std::unique_ptr<RowSource> source) {
	if (!source->deferred_return_type.empty()) {
		return source;
	}
	auto small = std::make_unique<SmallResultSource>(std::move(source));
	// A wait for the engine does not ask the check while its threads are at work.
	InterruptScope interrupt(call.Statement(), [&]() { small->Interrupt(); });
	small->ReadAhead(call.Statement());
	return small;
}

} // namespace skein
