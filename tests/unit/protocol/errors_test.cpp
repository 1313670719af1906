#include <map>

#include <arrow/flight/client.h>
#include <gtest/gtest.h>

#include "protocol/errors.hpp"
#include "protocol/flight_peer.hpp"
#include "protocol/full_messages.hpp"
#include "protocol/limits.hpp"

namespace skein {

using arrow::StatusCode;
using flight::FlightStatusCode;

namespace {

FlightStatusCode CodeOf(const arrow::Status &status) {
	auto detail = flight::FlightStatusDetail::UnwrapStatus(status);
	EXPECT_TRUE(detail);
	return detail ? detail->code() : FlightStatusCode::Internal;
}

//! What a plain Flight client with default options sees of `error`.
arrow::Status SendThroughFlight(const DistributedError &error, bool as_stream) {
	FlightPeer peer;
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeFlightStatus(error);
	};
	peer.on_get = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeFlightStatus(error);
	};
	peer.Start();
	auto location = flight::Location::ForGrpcTcp("127.0.0.1", peer.port()).ValueOrDie();
	auto client = flight::FlightClient::Connect(location).ValueOrDie();
	if (as_stream) {
		return client->DoGet(flight::Ticket {""}).status();
	}
	auto results = client->DoAction(flight::Action {"", arrow::Buffer::FromString("")});
	return results.ok() ? (*results)->Next().status() : results.status();
}

DistributedError LargestError(const std::string &character) {
	DistributedError error;
	error.category = ErrorCategory::ENGINE_ERROR;
	error.exception_type = "Invalid Configuration";
	while (error.message.size() < 100000) {
		error.message += character;
	}
	error.extra_info["position"] = "12";
	error.extra_info["text"] = std::string(limits::error_extra_bytes_max - 40, 'x');
	error.extra_info["too long to travel"] = std::string(limits::error_extra_bytes_max, 'y');
	return error;
}

} // namespace

TEST(Errors, EveryFieldSurvives) {
	EXPECT_EQ(DistributedError::Decode(FullError().Encode()), FullError());
	EXPECT_EQ(DistributedError::Decode(""), DistributedError());
}

TEST(Errors, TableOfCategories) {
	struct Row {
		FlightStatusCode flight_code;
		StatusCode arrow_code;
		std::string exception_type;
	};
	const std::map<ErrorCategory, Row> expected = {
	    {ErrorCategory::UNSPECIFIED, {FlightStatusCode::Failed, StatusCode::UnknownError, "IO"}},
	    {ErrorCategory::ENGINE_ERROR, {FlightStatusCode::Failed, StatusCode::ExecutionError, "Invalid Input"}},
	    {ErrorCategory::TABLE_NOT_FOUND, {FlightStatusCode::Failed, StatusCode::KeyError, "Catalog"}},
	    {ErrorCategory::INVALID_REQUEST, {FlightStatusCode::Failed, StatusCode::Invalid, "Invalid Input"}},
	    {ErrorCategory::UNSUPPORTED_VERSION, {FlightStatusCode::Failed, StatusCode::NotImplemented, "Not implemented"}},
	    {ErrorCategory::NOT_AUTHENTICATED, {FlightStatusCode::Unauthenticated, StatusCode::IOError, "Permission"}},
	    {ErrorCategory::NOT_PERMITTED, {FlightStatusCode::Unauthorized, StatusCode::IOError, "Permission"}},
	    {ErrorCategory::SESSION_NOT_FOUND, {FlightStatusCode::Failed, StatusCode::KeyError, "Connection"}},
	    {ErrorCategory::SERVER_UNAVAILABLE, {FlightStatusCode::Unavailable, StatusCode::IOError, "IO"}},
	    {ErrorCategory::LIMIT_REACHED, {FlightStatusCode::Failed, StatusCode::CapacityError, "Out of Range"}},
	    {ErrorCategory::CANCELLED, {FlightStatusCode::Cancelled, StatusCode::Cancelled, "INTERRUPT"}},
	    {ErrorCategory::OUTCOME_UNKNOWN, {FlightStatusCode::Internal, StatusCode::IOError, "IO"}},
	};
	for (auto &[category, row] : expected) {
		auto status = MakeFlightStatus(category, "why");
		EXPECT_EQ(CodeOf(status), row.flight_code) << static_cast<int>(category);
		EXPECT_EQ(status.code(), row.arrow_code) << static_cast<int>(category);
		EXPECT_EQ(ExceptionTypeOf(category), row.exception_type);
		EXPECT_EQ(status.message(), row.exception_type + " Error: why");
	}
}

TEST(Errors, SurviveFlight) {
	for (uint32_t category = 1; category <= static_cast<uint32_t>(ErrorCategory::OUTCOME_UNKNOWN); category++) {
		auto error = FullError();
		error.category = static_cast<ErrorCategory>(category);
		for (auto as_stream : {false, true}) {
			auto status = SendThroughFlight(error, as_stream);
			EXPECT_EQ(ErrorFromFlightStatus(status), error) << status.ToString();
			EXPECT_EQ(CodeOf(status), CodeOf(MakeFlightStatus(error)));
		}
	}
}

//! The largest error must fit the 8 KiB of headers that clients accept by default, whatever its text is made of: gRPC
//! writes the text three times, once with every byte beyond ASCII as three.
TEST(Errors, TheLargestSurvivesFlight) {
	for (std::string character : {"x", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\xA6\x86", "%", "\n", "\x01"}) {
		auto error = LargestError(character);
		for (auto as_stream : {false, true}) {
			auto received = ErrorFromFlightStatus(SendThroughFlight(error, as_stream));
			ASSERT_TRUE(received.has_value()) << "lost an error made of \"" << character << "\"";
			EXPECT_EQ(received->category, error.category);
			EXPECT_EQ(received->exception_type, error.exception_type);
			EXPECT_GT(received->message.size(), limits::error_message_bytes_max - 10);
			EXPECT_LE(received->message.size(), limits::error_message_bytes_max);
			EXPECT_EQ(received->extra_info.count("position"), 1u);
			EXPECT_EQ(received->extra_info.count("text"), 1u);
			EXPECT_EQ(received->extra_info.count("too long to travel"), 0u);
		}
	}
}

TEST(Errors, TextThatIsNoTextBecomesText) {
	DistributedError error;
	error.category = ErrorCategory::ENGINE_ERROR;
	error.message = std::string("a\0b\xFF", 4);
	error.extra_info["k\xFF"] = std::string("\0", 1);
	auto received = ErrorFromFlightStatus(SendThroughFlight(error, false));
	ASSERT_TRUE(received.has_value());
	EXPECT_EQ(received->message, "a?b?");
	EXPECT_EQ(received->extra_info["k?"], "?");
}

TEST(Errors, ForeignStatusesCarryNone) {
	EXPECT_FALSE(ErrorFromFlightStatus(arrow::Status::OK()).has_value());
	EXPECT_FALSE(ErrorFromFlightStatus(arrow::Status::IOError("x")).has_value());
	for (auto extra_info : {"", "nonsense", "\x08"}) {
		auto status = flight::MakeFlightError(FlightStatusCode::Failed, "x", extra_info);
		EXPECT_FALSE(ErrorFromFlightStatus(status).has_value());
	}
}

TEST(Errors, TransportFailuresAreDescribed) {
	auto describe = [](const arrow::Status &status, bool write_in_flight) {
		auto error = DescribeFailure(status, "grpc://peer:1", write_in_flight);
		EXPECT_NE(error.message.find("grpc://peer:1"), std::string::npos) << error.message;
		EXPECT_EQ(error.exception_type, ExceptionTypeOf(error.category));
		return error.category;
	};
	auto unavailable = flight::MakeFlightError(FlightStatusCode::Unavailable, "gone");
	auto timed_out = flight::MakeFlightError(FlightStatusCode::TimedOut, "late");
	auto cancelled = flight::MakeFlightError(FlightStatusCode::Cancelled, "reset");
	EXPECT_EQ(describe(unavailable, false), ErrorCategory::SERVER_UNAVAILABLE);
	EXPECT_EQ(describe(unavailable, true), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_EQ(describe(timed_out, false), ErrorCategory::SERVER_UNAVAILABLE);
	EXPECT_EQ(describe(timed_out, true), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_EQ(describe(cancelled, false), ErrorCategory::CANCELLED);
	EXPECT_EQ(describe(cancelled, true), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_EQ(describe(flight::MakeFlightError(FlightStatusCode::Unauthenticated, "no"), true),
	          ErrorCategory::NOT_AUTHENTICATED);
	EXPECT_EQ(describe(flight::MakeFlightError(FlightStatusCode::Unauthorized, "no"), true),
	          ErrorCategory::NOT_PERMITTED);
	EXPECT_EQ(describe(arrow::Status::Invalid("bad"), true), ErrorCategory::INVALID_REQUEST);
	EXPECT_EQ(DescribeFailure(MakeFlightStatus(FullError()), "peer", true), FullError());
}

} // namespace skein
