#include "client/attach/skein_context_state.hpp"

#include "client/attach/attached_transaction.hpp"
#include "client/pushdown/macro_arguments.hpp"
#include "duckdb/planner/binder.hpp"

namespace skein {

using namespace duckdb;

static constexpr const char *STATE_NAME = "skein";
static constexpr const char *SENT_WHOLE_KEY = "skein_sent_whole";
static constexpr const char *BEING_PREPARED_KEY = "skein_being_prepared";

//! DuckDB asks a catalog what it can run without saying for whom; planning a statement stays on one thread.
static thread_local bool may_send_whole = true;
static thread_local bool is_being_prepared = false;

SkeinContextState &SkeinContextState::Get(ClientContext &context) {
	return *context.registered_state->GetOrCreate<SkeinContextState>(STATE_NAME);
}

bool SkeinContextState::MaySendWhole() {
	return may_send_whole;
}

void SkeinContextState::MarkSentWhole(unordered_map<string, string> &extra_info) {
	extra_info[SENT_WHOLE_KEY] = "1";
}

void SkeinContextState::MarkBeingPrepared(unordered_map<string, string> &extra_info) {
	extra_info[BEING_PREPARED_KEY] = "1";
}

void SkeinContextState::FinishBinding(PlannerExtensionInput &input) {
	if (is_being_prepared) {
		input.binder.SetAlwaysRequireRebind();
	}
}

RebindQueryInfo SkeinContextState::OnPlanningError(ClientContext &context, SQLStatement &statement, ErrorData &error) {
	is_being_prepared = error.ExtraInfo().find(BEING_PREPARED_KEY) != error.ExtraInfo().end();
	if (is_being_prepared || error.ExtraInfo().find(SENT_WHOLE_KEY) != error.ExtraInfo().end()) {
		may_send_whole = false;
		return RebindQueryInfo::ATTEMPT_TO_REBIND;
	}
	if (AttachedTransaction::IsCatalogChanged(error)) {
		return RebindQueryInfo::ATTEMPT_TO_REBIND;
	}
	if (MacroArguments::MayBeCause(error) && MacroArguments::Name(context, statement)) {
		return RebindQueryInfo::ATTEMPT_TO_REBIND;
	}
	return RebindQueryInfo::DO_NOT_REBIND;
}

void SkeinContextState::RememberNames(vector<Identifier> unique, vector<Identifier> names) {
	unique_names = std::move(unique);
	own_names = std::move(names);
}

RebindQueryInfo SkeinContextState::OnFinalizePrepare(ClientContext &context, PreparedStatementData &prepared,
                                                     PreparedStatementMode mode) {
	if (!own_names.empty() && prepared.names == unique_names) {
		prepared.names = own_names;
	}
	if (prepared.properties.parameter_count == 0) {
		prepared.properties.parameter_count = parameter_count;
	}
	parameter_count = 0;
	unique_names.clear();
	own_names.clear();
	return RebindQueryInfo::DO_NOT_REBIND;
}

CatalogEntry &SkeinContextState::KeepForStatement(unique_ptr<CatalogEntry> entry) {
	std::lock_guard<std::mutex> guard(kept_lock);
	kept_entries.push_back(std::move(entry));
	return *kept_entries.back();
}

void SkeinConnectionCallback::OnConnectionOpened(ClientContext &context) {
	SkeinContextState::Get(context);
}

void SkeinContextState::QueryBegin(ClientContext &context) {
	may_send_whole = true;
	is_being_prepared = false;
	parameter_count = 0;
	std::lock_guard<std::mutex> guard(kept_lock);
	kept_entries.clear();
}

void SkeinContextState::QueryEnd(ClientContext &context) {
	may_send_whole = true;
	is_being_prepared = false;
}

} // namespace skein
