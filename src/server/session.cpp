#include "server/session.hpp"

#include "server/request_error.hpp"

namespace skein {

Session::Session(uint64_t number, std::string id) : number(number), id(std::move(id)) {
}

Session::~Session() {
	End();
}

bool Session::HasEnded() const {
	return ended;
}

void Session::End() {
	std::shared_ptr<Transaction> open;
	{
		std::lock_guard<std::mutex> guard(mutex);
		ended = true;
		open.swap(transaction);
	}
	if (open) {
		open->End();
	}
}

void Session::SetTransaction(std::shared_ptr<Transaction> new_transaction) {
	std::lock_guard<std::mutex> guard(mutex);
	if (ended) {
		throw RequestError(ErrorCategory::SESSION_NOT_FOUND, "The session has ended; open a new one");
	}
	if (transaction) {
		throw RequestError(ErrorCategory::INVALID_REQUEST, "The session has a transaction already (" +
		                                                       std::to_string(transaction->Id()) +
		                                                       "); commit it or roll it back first");
	}
	transaction = std::move(new_transaction);
}

std::shared_ptr<Transaction> Session::FindTransaction(uint64_t transaction_id) const {
	std::lock_guard<std::mutex> guard(mutex);
	if (!transaction || transaction->Id() != transaction_id) {
		throw RequestError(
		    ErrorCategory::SESSION_NOT_FOUND,
		    "Transaction " + std::to_string(transaction_id) +
		        " is not open in this session: it was committed, rolled back, or lapsed with its session");
	}
	return transaction;
}

void Session::ForgetTransaction(uint64_t transaction_id) {
	std::shared_ptr<Transaction> forgotten;
	std::lock_guard<std::mutex> guard(mutex);
	if (transaction && transaction->Id() == transaction_id) {
		forgotten.swap(transaction);
	}
}

bool Session::HasTransaction() const {
	std::lock_guard<std::mutex> guard(mutex);
	return transaction != nullptr;
}

} // namespace skein
