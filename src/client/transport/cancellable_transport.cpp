#include "client/transport/cancellable_transport.hpp"

#include <mutex>

#include <arrow/flight/transport.h>
#include <arrow/util/uri.h>

namespace skein {

namespace flight = arrow::flight;
using arrow::Status;
using flight::internal::ClientDataStream;
using flight::internal::ClientTransport;

namespace {

thread_local std::shared_ptr<CallHandle> current_call;

//! Passes a stream through, noting movement. Cancels what nobody finished: closing an upload would complete it.
class CancellableStream : public ClientDataStream {
public:
	CancellableStream(std::shared_ptr<ClientDataStream> inner_p, std::shared_ptr<CallHandle> handle_p)
	    : inner(std::move(inner_p)), handle(std::move(handle_p)) {
	}

	~CancellableStream() override {
		if (!finished) {
			inner->TryCancel();
			(void)inner->Finish(Status::OK());
		}
	}

	bool ReadData(flight::internal::FlightData *data) override {
		auto success = inner->ReadData(data);
		handle->Touch();
		return success;
	}

	bool ReadPutMetadata(std::shared_ptr<arrow::Buffer> *out) override {
		auto success = inner->ReadPutMetadata(out);
		handle->Touch();
		return success;
	}

	arrow::Result<bool> WriteData(const flight::FlightPayload &payload) override {
		auto result = inner->WriteData(payload);
		handle->Touch();
		return result;
	}

	Status WritesDone() override {
		return inner->WritesDone();
	}

	void TryCancel() override {
		inner->TryCancel();
	}

protected:
	Status DoFinish() override {
		finished = true;
		return inner->Finish(Status::OK());
	}

private:
	std::shared_ptr<ClientDataStream> inner;
	std::shared_ptr<CallHandle> handle;
	bool finished = false;
};

//! Wraps Arrow's transport of the scheme behind our prefix.
class CancellableTransport : public ClientTransport {
public:
	Status Init(const flight::FlightClientOptions &options, const flight::Location &location,
	            const arrow::util::Uri &) override {
		auto text = location.ToString();
		auto flight_uri = text.substr(text.find('+') + 1);
		ARROW_ASSIGN_OR_RAISE(auto inner_location, flight::Location::Parse(flight_uri));
		ARROW_ASSIGN_OR_RAISE(auto uri, arrow::util::Uri::FromString(flight_uri));
		ARROW_ASSIGN_OR_RAISE(inner, flight::internal::GetDefaultTransportRegistry()->MakeClient(uri.scheme()));
		return inner->Init(options, inner_location, uri);
	}

	Status Close() override {
		return inner->Close();
	}

	Status DoAction(const flight::FlightCallOptions &options, const flight::Action &action,
	                std::unique_ptr<flight::ResultStream> *results) override {
		return inner->DoAction(options, action, results);
	}

	arrow::Result<std::unique_ptr<flight::SchemaResult>>
	GetSchema(const flight::FlightCallOptions &options, const flight::FlightDescriptor &descriptor) override {
		return inner->GetSchema(options, descriptor);
	}

	Status DoGet(const flight::FlightCallOptions &options, const flight::Ticket &ticket,
	             std::unique_ptr<ClientDataStream> *stream) override {
		ARROW_RETURN_NOT_OK(inner->DoGet(options, ticket, stream));
		Wrap(*stream);
		return Status::OK();
	}

	Status DoPut(const flight::FlightCallOptions &options, std::unique_ptr<ClientDataStream> *stream) override {
		ARROW_RETURN_NOT_OK(inner->DoPut(options, stream));
		Wrap(*stream);
		return Status::OK();
	}

	Status DoExchange(const flight::FlightCallOptions &options, std::unique_ptr<ClientDataStream> *stream) override {
		ARROW_RETURN_NOT_OK(inner->DoExchange(options, stream));
		Wrap(*stream);
		return Status::OK();
	}

private:
	static void Wrap(std::unique_ptr<ClientDataStream> &stream) {
		auto handle = current_call ? current_call : std::make_shared<CallHandle>();
		std::shared_ptr<ClientDataStream> shared = std::move(stream);
		handle->Attach(shared);
		stream = std::make_unique<CancellableStream>(std::move(shared), std::move(handle));
	}

	std::unique_ptr<ClientTransport> inner;
};

//! The schemes are registered once per loaded copy of this code. Their prefix differs between copies: a process may
//! hold several, and each must get its own transport.
arrow::Result<std::string> SchemePrefix() {
	static const std::string prefix = "skein" + std::to_string(reinterpret_cast<uintptr_t>(&SchemePrefix)) + "+";
	static const Status registered = []() {
		auto registry = flight::internal::GetDefaultTransportRegistry();
		for (auto scheme : {"grpc+tcp", "grpc+tls", "grpc+unix"}) {
			ARROW_RETURN_NOT_OK(
			    registry->RegisterClient(prefix + scheme, []() -> arrow::Result<std::unique_ptr<ClientTransport>> {
				    return std::make_unique<CancellableTransport>();
			    }));
		}
		return Status::OK();
	}();
	ARROW_RETURN_NOT_OK(registered);
	return prefix;
}

} // namespace

CallScope::CallScope(std::shared_ptr<CallHandle> handle) {
	current_call = std::move(handle);
}

CallScope::~CallScope() {
	current_call.reset();
}

arrow::Result<std::unique_ptr<flight::FlightClient>> ConnectCancellable(const std::string &flight_uri,
                                                                        const flight::FlightClientOptions &options) {
	ARROW_ASSIGN_OR_RAISE(auto prefix, SchemePrefix());
	ARROW_ASSIGN_OR_RAISE(auto location, flight::Location::Parse(prefix + flight_uri));
	return flight::FlightClient::Connect(location, options);
}

} // namespace skein
