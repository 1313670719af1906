#include "server/shared_result.hpp"

#include "server/request_error.hpp"

namespace skein {

//===--------------------------------------------------------------------===//
// SharedResult
//===--------------------------------------------------------------------===//
SharedResult::SharedResult(std::unique_ptr<RowSource> source_p, std::string session_id)
    : session_id(std::move(session_id)), schema(source_p->Schema()), catalog_version(source_p->catalog_version),
      drop_columns(source_p->drop_columns), source(std::move(source_p)) {
}

SharedResult::~SharedResult() = default;

const std::string &SharedResult::SessionId() const {
	return session_id;
}

const std::shared_ptr<arrow::Schema> &SharedResult::Schema() const {
	return schema;
}

uint64_t SharedResult::CatalogVersion() const {
	return catalog_version;
}

bool SharedResult::DropColumns() const {
	return drop_columns;
}

static DistributedError BrokenOff() {
	DistributedError error;
	error.category = ErrorCategory::SERVER_UNAVAILABLE;
	error.exception_type = "IO";
	error.message = "Another stream of this result broke off before the result's end";
	return error;
}

duckdb::unique_ptr<EncodedBatch> SharedResult::Next(const CancelCheck &check, uint64_t &number) {
	CancellableLock holder(turn, check);
	if (failure) {
		throw RequestError(*failure);
	}
	if (at_end) {
		number = next_number;
		return nullptr;
	}
	duckdb::unique_ptr<EncodedBatch> batch;
	try {
		batch = source->Next([&]() {
			check();
			if (broken_off) {
				throw RequestError(BrokenOff());
			}
		});
	} catch (...) {
		Fail(DescribeCurrentException(), check);
	}
	number = next_number;
	if (batch) {
		next_number++;
	} else {
		at_end = true;
	}
	return batch;
}

void SharedResult::Fail(DistributedError error, const CancelCheck &check) {
	if (error.category != ErrorCategory::CANCELLED) {
		failure = std::make_unique<RequestError>(std::move(error));
	} else {
		failure = std::make_unique<RequestError>(WhyEnded());
		// The others' reason is not that of the call that was ended itself.
		check();
	}
	throw RequestError(*failure);
}

DistributedError SharedResult::WhyEnded() {
	std::lock_guard<std::mutex> guard(lock);
	for (auto &part : parts) {
		try {
			part.second();
		} catch (...) {
			auto error = DescribeCurrentException();
			if (error.category != ErrorCategory::CANCELLED) {
				return error;
			}
		}
	}
	return BrokenOff();
}

void SharedResult::Join(const void *part, CancelCheck check) {
	std::lock_guard<std::mutex> guard(lock);
	parts[part] = std::move(check);
}

void SharedResult::Leave(const void *part) {
	std::lock_guard<std::mutex> guard(lock);
	parts.erase(part);
}

void SharedResult::BreakOff() {
	broken_off = true;
	Interrupt();
}

void SharedResult::Close() {
	std::unique_ptr<RowSource> closing;
	{
		// Whoever has the turn gives it back once the engine was interrupted.
		CancellableLock holder(turn, [this]() { BreakOff(); });
		if (!at_end && !failure) {
			failure = std::make_unique<RequestError>(BrokenOff());
		}
		std::lock_guard<std::mutex> guard(lock);
		closing = std::move(source);
	}
}

void SharedResult::Interrupt() {
	std::lock_guard<std::mutex> guard(lock);
	if (source) {
		source->Interrupt();
	}
}

//===--------------------------------------------------------------------===//
// Parts
//===--------------------------------------------------------------------===//
namespace {

//! What one call reads of a shared result.
class ResultPart : public RowSource {
public:
	ResultPart(Call &call, std::shared_ptr<SharedResult> result_p, std::string id)
	    : result(std::move(result_p)), results(call.Server().shared_results) {
		catalog_version = result->CatalogVersion();
		drop_columns = result->DropColumns();
		result_id = std::move(id);
		result->Join(this, call.Statement().Checker());
	}
	~ResultPart() override {
		result->Leave(this);
		if (!at_end) {
			result->BreakOff();
		}
		if (is_owner) {
			results.Remove(result_id);
			result->Close();
		}
	}
	ResultPart(const ResultPart &) = delete;
	ResultPart &operator=(const ResultPart &) = delete;

	//! Its end is the result's from now on.
	void Own() {
		is_owner = true;
	}

	std::shared_ptr<arrow::Schema> Schema() const override {
		return result->Schema();
	}
	duckdb::unique_ptr<EncodedBatch> Next(const CancelCheck &check) override {
		auto batch = result->Next(check, number);
		at_end = !batch;
		return batch;
	}
	void Interrupt() override {
		result->Interrupt();
	}
	std::optional<uint64_t> Number() const override {
		return number;
	}

private:
	const std::shared_ptr<SharedResult> result;
	SharedResults &results;
	bool is_owner = false;
	uint64_t number = 0;
	bool at_end = false;
};

} // namespace

std::unique_ptr<RowSource> ShareRows(Call &call, std::unique_ptr<RowSource> source) {
	auto result = std::make_shared<SharedResult>(std::move(source), call.GetSession().id);
	auto id = call.Server().shared_results.Add(result);
	auto part = std::make_unique<ResultPart>(call, std::move(result), std::move(id));
	part->Own();
	return part;
}

std::unique_ptr<RowSource> JoinResult(Call &call) {
	auto &id = call.Request().result_id;
	auto result = call.Server().shared_results.Find(id, call.GetSession().id);
	call.Counters().Add(&ServerCounters::round_trips, 1);
	return std::make_unique<ResultPart>(call, std::move(result), id);
}

} // namespace skein
