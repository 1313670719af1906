#include "client/skein_settings.hpp"

#include <algorithm>

#include "duckdb/common/exception.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/setting_info.hpp"
#include "duckdb/parallel/task_scheduler.hpp"

namespace skein {

using duckdb::Value;

namespace {

//! One row per setting.
struct SettingRow {
	const char *name;
	uint64_t SkeinSettings::*value;
	uint64_t minimum;
	uint64_t maximum;
	const char *description;
};

constexpr uint64_t HOUR_MS = 3600000;
constexpr uint64_t BUFFER_BYTES_MAX = 16ULL << 30;

constexpr SettingRow SETTING_TABLE[] = {
    {"skein_connect_timeout_ms", &SkeinSettings::connect_timeout_ms, 1, HOUR_MS,
	 "Milliseconds to resolve a server's name, connect and get its first answer"},
    {"skein_idle_timeout_ms", &SkeinSettings::idle_timeout_ms, 100, 24 * HOUR_MS,
	 "Milliseconds a server may show no sign of life while a statement waits for it"},
    {"skein_read_ahead_bytes", &SkeinSettings::read_ahead_bytes, 1, BUFFER_BYTES_MAX,
	 "Bytes of a remote scan's rows read ahead of the statement that uses them"},
    {"skein_insert_reorder_bytes", &SkeinSettings::insert_reorder_bytes, 1, BUFFER_BYTES_MAX,
	 "Bytes of an INSERT's rows that wait for those before them in the source's order"},
    {"skein_filter_bytes", &SkeinSettings::filter_bytes, 0, limits::request_bytes_max / 2,
	 "Bytes of SQL of a condition that is sent to the server; a longer one is evaluated here"},
    {"skein_pool_connections_count", &SkeinSettings::pool_connections_count, 0, 1024,
	 "Connections to one server that are kept while idle"},
    {"skein_streams_count", &SkeinSettings::streams_count, 0, limits::scan_streams_count_max,
	 "Streams that read one remote result, once it has proved large; 0: chosen by the number of threads"},
};

template <class T>
struct NamedValue {
	const char *name;
	T value;
};

constexpr NamedValue<RowLayout> ENCODINGS[] = {
    {"frames", RowLayout::FRAMES}, {"native", RowLayout::NATIVE}, {"arrow", RowLayout::ARROW}};
constexpr NamedValue<RowCompression> COMPRESSIONS[] = {{"auto", RowCompression::AUTO},
                                                       {"none", RowCompression::NONE},
                                                       {"lz4", RowCompression::LZ4},
                                                       {"zstd", RowCompression::ZSTD}};

constexpr const char *ENCODING = "skein_encoding";
constexpr const char *COMPRESSION = "skein_compression";

//! Throws InvalidInputException, naming the setting and its values.
template <class T, size_t N>
T FindNamed(const char *setting, const NamedValue<T> (&values)[N], const std::string &text) {
	std::string known;
	for (auto &entry : values) {
		if (duckdb::StringUtil::CIEquals(entry.name, text)) {
			return entry.value;
		}
		known += (known.empty() ? "'" : ", '") + std::string(entry.name) + "'";
	}
	throw duckdb::InvalidInputException("%s is one of %s, not '%s'", setting, known, text);
}

template <class T, size_t N>
class SettingNames : public duckdb::ExtensionOptionInfo {
public:
	SettingNames(const char *setting, const NamedValue<T> (&values)[N]) : setting(setting), values(values) {
	}

	void OnSet(duckdb::ClientContext &, duckdb::SetScope, Value &parameter, bool is_reset) const override {
		if (!is_reset) {
			FindNamed(setting, values, parameter.IsNull() ? "NULL" : parameter.ToString());
		}
	}

private:
	const char *setting;
	const NamedValue<T> (&values)[N];
};

template <class T, size_t N>
void RegisterNamed(duckdb::DBConfig &config, const char *setting, const char *description,
                   const NamedValue<T> (&values)[N]) {
	// The first is the default.
	duckdb::ExtensionOption option(description, duckdb::LogicalType::VARCHAR, nullptr, Value(values[0].name),
	                               duckdb::SetScope::SESSION, /*is_debug=*/false, /*is_deprecated=*/false);
	option.info = duckdb::make_shared_ptr<SettingNames<T, N>>(setting, values);
	config.AddExtensionOption(duckdb::Identifier(setting), std::move(option));
}

template <class T, size_t N>
T GetNamed(const duckdb::ClientContext &context, const char *setting, const NamedValue<T> (&values)[N]) {
	Value value;
	if (context.TryGetCurrentSetting(duckdb::Identifier(setting), value) && !value.IsNull()) {
		return FindNamed(setting, values, value.ToString());
	}
	return values[0].value;
}

class SettingRange : public duckdb::ExtensionOptionInfo {
public:
	explicit SettingRange(const SettingRow &row) : row(row) {
	}

	void OnSet(duckdb::ClientContext &, duckdb::SetScope, Value &parameter, bool is_reset) const override {
		if (is_reset) {
			return;
		}
		auto given = parameter.IsNull() ? 0 : parameter.GetValue<uint64_t>();
		if (parameter.IsNull() || given < row.minimum || given > row.maximum) {
			throw duckdb::InvalidInputException("%s is a whole number from %llu to %llu, not %s", row.name, row.minimum,
			                                    row.maximum, parameter.ToString());
		}
	}

private:
	const SettingRow &row;
};

} // namespace

void SkeinSettings::Register(duckdb::DatabaseInstance &database) {
	const SkeinSettings defaults;
	auto &config = duckdb::DBConfig::GetConfig(database);
	for (auto &row : SETTING_TABLE) {
		duckdb::ExtensionOption option(row.description, duckdb::LogicalType::UBIGINT, nullptr,
		                               Value::UBIGINT(defaults.*row.value), duckdb::SetScope::SESSION,
		                               /*is_debug=*/false, /*is_deprecated=*/false);
		option.info = duckdb::make_shared_ptr<SettingRange>(row);
		config.AddExtensionOption(duckdb::Identifier(row.name), std::move(option));
	}
	RegisterNamed(config, ENCODING,
	              "How rows travel: 'frames' takes the fewest bytes, 'native' and 'arrow' are plain Arrow", ENCODINGS);
	RegisterNamed(
	    config, COMPRESSION,
	    "How frames are compressed: 'none', 'lz4', 'zstd', or 'auto', as far as the link is slower than the work",
	    COMPRESSIONS);
}

SkeinSettings SkeinSettings::Get(const duckdb::ClientContext &context) {
	SkeinSettings result;
	for (auto &row : SETTING_TABLE) {
		Value value;
		if (context.TryGetCurrentSetting(duckdb::Identifier(row.name), value) && !value.IsNull()) {
			result.*row.value = value.GetValue<uint64_t>();
		}
	}
	result.encoding = GetNamed(context, ENCODING, ENCODINGS);
	result.compression = GetNamed(context, COMPRESSION, COMPRESSIONS);
	return result;
}

uint64_t SkeinSettings::ScanStreams(duckdb::ClientContext &context) {
	auto chosen = Get(context).streams_count;
	if (chosen > 0) {
		return chosen;
	}
	auto threads = static_cast<uint64_t>(duckdb::TaskScheduler::GetScheduler(context).NumberOfThreads());
	// A stream's reader takes from the threads that decode: measured, one each has nothing to gain.
	return std::clamp<uint64_t>(threads / 2, 1, limits::scan_threads_streams_count_max);
}

RowCompression SkeinSettings::ParseCompression(const char *option, const std::string &text) {
	return FindNamed(option, COMPRESSIONS, text);
}

void SkeinSettings::RequestRows(DistributedRequest &request) const {
	request.native_rows = encoding != RowLayout::ARROW;
	request.frame_version = encoding == RowLayout::FRAMES ? FRAME_VERSION : 0;
	request.compression = compression;
}

RowFormat SkeinSettings::UploadFormat() const {
	return RowFormat(encoding == RowLayout::ARROW ? RowLayout::NATIVE : encoding, CodecOf(compression));
}

} // namespace skein
