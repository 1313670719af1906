//! Calls with one answer: requests as they were meant, refusals, interrupts, limits.
#include "protocol/connected_client.hpp"
#include "protocol/full_messages.hpp"

namespace skein {

TEST_F(ConnectedClient, RequestsArriveAsTheyWereMeant) {
	DistributedRequest seen;
	std::string session;
	peer.on_action = [&](const flight::ServerCallContext &context, const DistributedRequest &request) {
		seen = request;
		auto header = context.incoming_headers().find(SESSION_HEADER);
		session = header == context.incoming_headers().end() ? "" : std::string(header->second);
		DistributedResponse response;
		response.success = true;
		response.rows_affected = 5;
		response.exists = true;
		return response;
	};
	Connect();
	DistributedResponse response;
	ASSERT_TRUE(client->ExecuteSQL("CHECKPOINT", response).ok());
	EXPECT_EQ(seen.type, RequestType::EXECUTE_SQL);
	EXPECT_EQ(seen.sql, "CHECKPOINT");
	EXPECT_EQ(session, "");
	client->SetSession("0123");
	ASSERT_TRUE(client->CreateTable("s.\"t t\"", {{"a", "INTEGER", true, "1"}}, response, true).ok());
	EXPECT_EQ(seen.type, RequestType::CREATE_TABLE);
	EXPECT_EQ(seen.schema_name, "s");
	EXPECT_EQ(seen.table_name, "t t");
	EXPECT_EQ(seen.column_definitions, (std::vector<RemoteColumnDefinition> {{"a", "INTEGER", true, "1"}}));
	EXPECT_TRUE(seen.if_not_exists);
	EXPECT_EQ(session, "0123");
	ASSERT_TRUE(client->CreateTable("t", MakeNumbers(0, 1)->schema(), response).ok());
	EXPECT_FALSE(seen.row_schema.empty());
	EXPECT_FALSE(seen.if_not_exists);
	ASSERT_TRUE(client->DropTable("t", response, true).ok());
	EXPECT_EQ(seen.type, RequestType::DROP_TABLE);
	EXPECT_TRUE(seen.if_exists);
	ASSERT_TRUE(client->TableExists("t", response).ok());
	EXPECT_EQ(seen.type, RequestType::TABLE_EXISTS);
	EXPECT_TRUE(response.exists);
	ASSERT_TRUE(client->DeleteData("t", "a = 1", response).ok());
	EXPECT_EQ(seen.type, RequestType::DELETE_DATA);
	EXPECT_EQ(seen.filter, "a = 1");
	EXPECT_EQ(response.rows_affected, 5u);
	EXPECT_EQ(counters->round_trips, 6u);
	EXPECT_EQ(counters->statements, 6u);
	EXPECT_EQ(counters->active_statements, 0u);
}

TEST_F(ConnectedClient, RefusalsKeepTheirClass) {
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		return MakeFlightStatus(FullError());
	};
	Connect();
	DistributedResponse response;
	auto status = client->DropTable("ente", response);
	EXPECT_EQ(ErrorFromFlightStatus(status), FullError());
	EXPECT_FALSE(response.success);
	EXPECT_EQ(response.error, FullError());
	EXPECT_EQ(response.error_message, FullError().message);
	EXPECT_TRUE(client->IsHealthy()) << "a refusal says nothing against the connection";
}

TEST_F(ConnectedClient, ARequestLargerThanAnyServerTakesIsNotSent) {
	Connect();
	DistributedResponse response;
	auto status = client->ExecuteSQL(std::string(limits::request_bytes_max + 1, ' '), response);
	EXPECT_EQ(CategoryOf(status), ErrorCategory::LIMIT_REACHED);
	EXPECT_NE(status.message().find(std::to_string(limits::request_bytes_max)), std::string::npos) << status.message();
	EXPECT_EQ(counters->round_trips, 0u);
}

TEST_F(ConnectedClient, InterruptedStatementEndsOnTheServer) {
	peer.on_action = [&](const flight::ServerCallContext &context,
	                     const DistributedRequest &) -> arrow::Result<DistributedResponse> {
		interrupted = true;
		if (WaitForCancel(context)) {
			server_noticed.Set();
		}
		return arrow::Status::Cancelled("client gone");
	};
	options.is_interrupted = [&]() {
		return interrupted.load();
	};
	Connect();
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->ExecuteSQL("SELECT 1", response)), ErrorCategory::CANCELLED);
	EXPECT_TRUE(server_noticed.Wait());
	EXPECT_TRUE(client->IsHealthy());
	EXPECT_EQ(response.error->category, ErrorCategory::CANCELLED);
}

TEST_F(ConnectedClient, LongStatementOfASilentServerHasAnUnknownOutcome) {
	peer.on_action = [&](const flight::ServerCallContext &context, const DistributedRequest &) {
		WaitForCancel(context);
		return DistributedResponse();
	};
	options.idle_ms_max = 200;
	Connect();
	client->SetSession("0123");
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->DeleteData("t", "", response)), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_FALSE(client->IsHealthy());
}

//! DoAction cannot be cancelled: the caller walks away from it, and so may the client.
TEST_F(ConnectedClient, InterruptedShortCallReturnsAtOnce) {
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		interrupted = true;
		EXPECT_TRUE(may_return.Wait());
		return DistributedResponse();
	};
	options.is_interrupted = [&]() {
		return interrupted.load();
	};
	Connect();
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->TableExists("t", response)), ErrorCategory::CANCELLED);
	EXPECT_FALSE(client->IsHealthy());
	client.reset();
	may_return.Set();
}

TEST_F(ConnectedClient, ShortCallsHaveALimit) {
	peer.on_action = [&](const flight::ServerCallContext &, const DistributedRequest &) {
		EXPECT_TRUE(may_return.Wait());
		return DistributedResponse();
	};
	options.idle_ms_max = 100;
	Connect();
	DistributedResponse response;
	EXPECT_EQ(CategoryOf(client->TableExists("t", response)), ErrorCategory::SERVER_UNAVAILABLE);
	EXPECT_EQ(CategoryOf(client->DropTable("t", response)), ErrorCategory::OUTCOME_UNKNOWN);
	EXPECT_FALSE(client->IsHealthy());
	may_return.Set();
}

} // namespace skein
