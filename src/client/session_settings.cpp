#include "client/session_settings.hpp"

#include "duckdb/common/string_util.hpp"
#include "duckdb/main/config.hpp"
#include "protocol/mirrored_settings.hpp"

namespace skein {

using namespace duckdb;

namespace {

//! A mirrored setting, and the engine's own option of that name; none for an extension's.
struct LookedUpSetting {
	Identifier name;
	optional_ptr<const ConfigurationOption> option;
};

} // namespace

//! The engine searches all its options for a name, which is too slow for each statement.
static const vector<LookedUpSetting> &LookedUpSettings() {
	static const auto result = []() {
		vector<LookedUpSetting> settings;
		for (auto &setting : MIRRORED_SETTINGS) {
			Identifier name {string(setting.name)};
			auto option = DBConfig::GetOptionByName(name);
			settings.push_back({std::move(name), option});
		}
		return settings;
	}();
	return result;
}

static bool TryGetSetting(const ClientContext &context, const LookedUpSetting &setting, Value &value) {
	if (setting.option && setting.option->setting_idx.IsValid()) {
		// Only where somebody set it: else it has its default.
		return context.TryGetCurrentUserSetting(setting.option->setting_idx.GetIndex(), value);
	}
	return context.TryGetCurrentSetting(setting.name, value);
}

std::map<std::string, std::string> MirroredSettings(const ClientContext &context) {
	std::map<std::string, std::string> result;
	for (auto &setting : LookedUpSettings()) {
		Value value;
		if (!TryGetSetting(context, setting, value) || value.IsNull()) {
			continue;
		}
		auto text = value.ToString();
		auto default_value = setting.option ? setting.option->default_value : nullptr;
		if (!default_value || !StringUtil::CIEquals(text, default_value)) {
			result[setting.name.GetIdentifierName()] = std::move(text);
		}
	}
	return result;
}

} // namespace skein
