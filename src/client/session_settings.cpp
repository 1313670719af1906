#include "client/session_settings.hpp"

#include "duckdb/common/string_util.hpp"
#include "duckdb/main/config.hpp"
#include "protocol/mirrored_settings.hpp"

namespace skein {

using namespace duckdb;

static bool IsDefault(const Identifier &name, const string &value) {
	auto option = DBConfig::GetOptionByName(name);
	return option && option->default_value && StringUtil::CIEquals(value, option->default_value);
}

std::map<std::string, std::string> MirroredSettings(const ClientContext &context) {
	std::map<std::string, std::string> result;
	for (auto &setting : MIRRORED_SETTINGS) {
		Identifier name {string(setting.name)};
		Value value;
		if (!context.TryGetCurrentSetting(name, value) || value.IsNull()) {
			continue;
		}
		auto text = value.ToString();
		if (!IsDefault(name, text)) {
			result[string(setting.name)] = std::move(text);
		}
	}
	return result;
}

} // namespace skein
