//! DistributedResponse, its statistics, and their bytes.
#include "protocol/distributed_protocol.hpp"
#include "protocol/message_reader.hpp"
#include "protocol/message_writer.hpp"

namespace skein {

namespace {

enum ResponseField : uint32_t {
	SUCCESS = 1,
	ERROR_MESSAGE = 2,
	ROWS_AFFECTED = 3,
	EXISTS = 4,
	ERROR = 5,
	SESSION_ID = 6,
	LEASE_MILLISECONDS = 7,
	TRANSACTION_ID = 8,
	SERVER_STATISTICS = 9,
	SESSION_STATISTICS = 10,
	VERSION = 11,
	SERVER_VERSION = 12,
	ENGINE_VERSION = 13,
	CATALOG = 14,
	CATALOG_VERSION = 15
};

struct StatisticsEntry {
	uint32_t field;
	const char *name;
	uint64_t DistributedStatistics::*value;
};

constexpr StatisticsEntry STATISTICS_FIELDS[] = {
    {1, "statements", &DistributedStatistics::statements},
    {2, "round_trips", &DistributedStatistics::round_trips},
    {3, "bytes_sent", &DistributedStatistics::bytes_sent},
    {4, "bytes_received", &DistributedStatistics::bytes_received},
    {5, "rows_sent", &DistributedStatistics::rows_sent},
    {6, "rows_received", &DistributedStatistics::rows_received},
    {7, "active_statements", &DistributedStatistics::active_statements},
    {8, "sessions", &DistributedStatistics::sessions},
    {9, "rows_produced", &DistributedStatistics::rows_produced},
};

std::string EncodeStatistics(const DistributedStatistics &statistics) {
	std::string bytes;
	MessageWriter writer(bytes);
	for (auto &entry : STATISTICS_FIELDS) {
		writer.WriteNumber(entry.field, statistics.*entry.value);
	}
	return bytes;
}

void ReadStatisticsField(MessageReader &reader, DistributedStatistics &statistics) {
	for (auto &entry : STATISTICS_FIELDS) {
		if (entry.field == reader.FieldNumber()) {
			statistics.*entry.value = reader.ReadUInt64(entry.name);
			return;
		}
	}
	reader.Skip();
}

DistributedStatistics DecodeStatistics(std::string_view bytes) {
	DistributedStatistics statistics;
	MessageReader reader(bytes, "Statistics");
	while (reader.Next()) {
		ReadStatisticsField(reader, statistics);
	}
	return statistics;
}

//! The fields of the seed's response; false for a field that is none of them.
bool ReadSeedField(MessageReader &reader, DistributedResponse &response) {
	switch (reader.FieldNumber()) {
	case ResponseField::SUCCESS:
		response.success = reader.ReadBool("success");
		return true;
	case ResponseField::ERROR_MESSAGE:
		response.error_message = reader.ReadText("error_message");
		return true;
	case ResponseField::ROWS_AFFECTED:
		response.rows_affected = reader.ReadUInt64("rows_affected");
		return true;
	case ResponseField::EXISTS:
		response.exists = reader.ReadBool("exists");
		return true;
	default:
		return false;
	}
}

void ReadOtherField(MessageReader &reader, DistributedResponse &response) {
	switch (reader.FieldNumber()) {
	case ResponseField::ERROR:
		response.error = DistributedError::Decode(reader.ReadMessage("error"));
		break;
	case ResponseField::SESSION_ID:
		response.session_id = reader.ReadText("session_id");
		break;
	case ResponseField::LEASE_MILLISECONDS:
		response.lease_milliseconds = reader.ReadUInt64("lease_milliseconds");
		break;
	case ResponseField::TRANSACTION_ID:
		response.transaction_id = reader.ReadUInt64("transaction_id");
		break;
	case ResponseField::SERVER_STATISTICS:
		response.server_statistics = DecodeStatistics(reader.ReadMessage("server_statistics"));
		break;
	case ResponseField::SESSION_STATISTICS:
		response.session_statistics = DecodeStatistics(reader.ReadMessage("session_statistics"));
		break;
	case ResponseField::VERSION:
		response.protocol_version = reader.ReadUInt32("protocol_version");
		break;
	case ResponseField::SERVER_VERSION:
		response.server_version = reader.ReadText("server_version");
		break;
	case ResponseField::ENGINE_VERSION:
		response.engine_version = reader.ReadText("engine_version");
		break;
	case ResponseField::CATALOG:
		response.catalog = CatalogDescription::Decode(reader.ReadMessage("catalog"));
		break;
	case ResponseField::CATALOG_VERSION:
		response.catalog_version = reader.ReadUInt64("catalog_version");
		break;
	default:
		reader.Skip();
	}
}

} // namespace

std::string DistributedResponse::Encode() const {
	std::string bytes;
	MessageWriter writer(bytes);
	writer.WriteBool(ResponseField::SUCCESS, success);
	writer.WriteString(ResponseField::ERROR_MESSAGE, error_message);
	writer.WriteNumber(ResponseField::ROWS_AFFECTED, rows_affected);
	writer.WriteBool(ResponseField::EXISTS, exists);
	if (error) {
		writer.WriteAlways(ResponseField::ERROR, error->Encode());
	}
	writer.WriteString(ResponseField::SESSION_ID, session_id);
	writer.WriteNumber(ResponseField::LEASE_MILLISECONDS, lease_milliseconds);
	writer.WriteNumber(ResponseField::TRANSACTION_ID, transaction_id);
	if (server_statistics) {
		writer.WriteAlways(ResponseField::SERVER_STATISTICS, EncodeStatistics(*server_statistics));
	}
	if (session_statistics) {
		writer.WriteAlways(ResponseField::SESSION_STATISTICS, EncodeStatistics(*session_statistics));
	}
	writer.WriteNumber(ResponseField::VERSION, protocol_version);
	writer.WriteString(ResponseField::SERVER_VERSION, server_version);
	writer.WriteString(ResponseField::ENGINE_VERSION, engine_version);
	if (catalog) {
		writer.WriteAlways(ResponseField::CATALOG, catalog->Encode());
	}
	writer.WriteNumber(ResponseField::CATALOG_VERSION, catalog_version);
	return bytes;
}

DistributedResponse DistributedResponse::Decode(std::string_view bytes) {
	DistributedResponse response;
	MessageReader reader(bytes, "DistributedResponse");
	while (reader.Next()) {
		if (!ReadSeedField(reader, response)) {
			ReadOtherField(reader, response);
		}
	}
	return response;
}

} // namespace skein
