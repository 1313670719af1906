#include "server/access_control.hpp"

namespace skein {

AccessControl::AccessControl(AccessPolicy policy_p) : policy(std::make_unique<AccessPolicy>(std::move(policy_p))) {
}

AccessMode AccessControl::Mode() const {
	std::lock_guard<std::mutex> guard(lock);
	return policy->Mode();
}

Admission AccessControl::Admit(std::string_view peer, const arrow::flight::CallHeaders &headers) const {
	std::lock_guard<std::mutex> guard(lock);
	return Admission {policy->Refusal(peer, headers), current_number};
}

bool AccessControl::ReplaceToken(const AccessToken &token) {
	std::lock_guard<std::mutex> guard(lock);
	if (policy->HasToken(token)) {
		return false;
	}
	policy = std::make_unique<AccessPolicy>(policy->WithToken(token));
	current_number++;
	return true;
}

bool AccessControl::IsReplaced(uint64_t token_number) const {
	return token_number != current_number;
}

AdmittedCall::AdmittedCall(const AccessControl &control, uint64_t token_number)
    : control(control), token_number(token_number) {
}

bool AdmittedCall::TokenReplaced() const {
	return control.IsReplaced(token_number);
}

void AdmittedCall::SendingHeaders(arrow::flight::AddCallHeaders *) {
}

void AdmittedCall::CallCompleted(const arrow::Status &) {
}

std::string AdmittedCall::name() const {
	return ACCESS_MIDDLEWARE;
}

} // namespace skein
