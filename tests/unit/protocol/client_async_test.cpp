//! Calls that return futures: their results, their order, their failures, their end.
#include "client/transport/async_flight_client.hpp"
#include "protocol/connected_client.hpp"
#include "protocol/full_messages.hpp"

namespace skein {

class AsyncClient : public ConnectedClient {
protected:
	void ConnectAsync() {
		peer.Start();
		async = std::make_unique<AsyncFlightClient>(peer.Uri(), options);
		auto connected = async->ConnectAsync();
		ASSERT_TRUE(connected.Wait(60));
		ASSERT_TRUE(connected.status().ok()) << connected.status().ToString();
	}
	//! Nothing before it is let go.
	void ServeNumbersOnceReleased() {
		peer.on_get = [&](const flight::ServerCallContext &, const DistributedRequest &) {
			return MakeReader([this, next = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
				if (next == 0 && !may_return.Wait()) {
					return arrow::Status::Invalid("never released");
				}
				return next == 3 ? nullptr : MakeNumbers(10 * next++, 10);
			});
		};
	}

	std::unique_ptr<AsyncFlightClient> async;
};

TEST_F(AsyncClient, RowsComeInTheOrderTheyWereAskedFor) {
	ServeNumbersOnceReleased();
	ConnectAsync();
	auto opened = async->ScanTableAsync("my_table");
	ASSERT_TRUE(opened.Wait(60));
	auto scan = opened.MoveResult().ValueOrDie();
	std::vector<arrow::Future<std::shared_ptr<arrow::RecordBatch>>> asked;
	for (int i = 0; i < 4; i++) {
		asked.push_back(scan->ReadNextAsync());
	}
	EXPECT_FALSE(asked[0].is_finished());
	may_return.Set();
	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(asked[i].Wait(60));
		EXPECT_TRUE(asked[i].result().ValueOrDie()->Equals(*MakeNumbers(10 * i, 10)));
	}
	ASSERT_TRUE(asked[3].Wait(60));
	EXPECT_EQ(asked[3].result().ValueOrDie(), nullptr);
}

TEST_F(AsyncClient, CallsAreAnsweredAndRefused) {
	peer.on_action = [&](const flight::ServerCallContext &,
	                     const DistributedRequest &request) -> arrow::Result<DistributedResponse> {
		if (request.sql == "bad") {
			return MakeFlightStatus(FullError());
		}
		DistributedResponse response;
		response.success = true;
		response.rows_affected = 7;
		response.protocol_version = PROTOCOL_VERSION;
		return response;
	};
	ConnectAsync();
	auto good = async->ExecuteSQLAsync("DELETE FROM t");
	auto bad = async->ExecuteSQLAsync("bad");
	ASSERT_TRUE(good.Wait(60) && bad.Wait(60));
	EXPECT_EQ(good.result().ValueOrDie().rows_affected, 7U);
	EXPECT_EQ(ErrorFromFlightStatus(bad.status()), FullError());
	auto named = async->ScanTableAsync("no \" name");
	ASSERT_TRUE(named.Wait(60));
	EXPECT_FALSE(named.status().ok());
}

TEST_F(AsyncClient, ItsEndEndsWhatIsUnderWay) {
	peer.on_action = [&](const flight::ServerCallContext &context,
	                     const DistributedRequest &request) -> arrow::Result<DistributedResponse> {
		if (request.type == RequestType::EXECUTE_SQL) {
			waiting.Set();
			WaitForCancel(context);
			server_noticed.Set();
		}
		DistributedResponse response;
		response.success = true;
		response.protocol_version = PROTOCOL_VERSION;
		return response;
	};
	ConnectAsync();
	auto endless = async->ExecuteSQLAsync("SELECT 1");
	ASSERT_TRUE(waiting.Wait());
	async.reset();
	ASSERT_TRUE(endless.is_finished());
	EXPECT_EQ(CategoryOf(endless.status()), ErrorCategory::CANCELLED);
	EXPECT_TRUE(server_noticed.Wait());
}

TEST_F(AsyncClient, AScanIsCancelled) {
	ServeNumbersOnceReleased();
	ConnectAsync();
	auto opened = async->ScanTableAsync("my_table");
	ASSERT_TRUE(opened.Wait(60));
	auto scan = opened.MoveResult().ValueOrDie();
	auto asked = scan->ReadNextAsync();
	scan->Cancel();
	ASSERT_TRUE(asked.Wait(60));
	EXPECT_EQ(CategoryOf(asked.status()), ErrorCategory::CANCELLED);
	may_return.Set();
}

} // namespace skein
