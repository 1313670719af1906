#include "server/database_name.hpp"

namespace skein {

static constexpr size_t NAME_BYTES_MAX = 64;

static char FoldLetter(char letter) {
	return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

static bool IsNameLetter(char letter) {
	auto folded = FoldLetter(letter);
	return (folded >= 'a' && folded <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
}

std::string FoldDatabaseName(std::string_view name) {
	std::string folded(name);
	for (auto &letter : folded) {
		letter = FoldLetter(letter);
	}
	return folded;
}

bool IsDatabaseName(std::string_view name) {
	if (name.empty() || name.size() > NAME_BYTES_MAX || name[0] == '-') {
		return false;
	}
	for (auto letter : name) {
		if (!IsNameLetter(letter)) {
			return false;
		}
	}
	auto folded = FoldDatabaseName(name);
	return folded != "main" && folded != "temp" && folded != "system";
}

bool SplitDatabaseArgument(const std::string &argument, NamedDatabase &result) {
	auto equals = argument.find('=');
	if (equals == std::string::npos || !IsDatabaseName(std::string_view(argument).substr(0, equals))) {
		return false;
	}
	result.name = argument.substr(0, equals);
	result.path = argument.substr(equals + 1);
	return true;
}

} // namespace skein
