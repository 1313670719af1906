//! The settings of a client's connection that a statement takes along, because they change what SQL means or returns.
//!
//! Names as DuckDB spells them. Settings of files, memory, threads, extensions and limits are the server's own.
#pragma once

#include <array>
#include <string_view>

namespace skein {

struct MirroredSetting {
	std::string_view name;
	//! What depends on it.
	std::string_view why;
};

constexpr std::array MIRRORED_SETTINGS {
    MirroredSetting {"Calendar", "parts and arithmetic of TIMESTAMP WITH TIME ZONE"},
    MirroredSetting {"TimeZone", "TIMESTAMP WITH TIME ZONE from and to text, dates and other timestamps; current_date"},
    MirroredSetting {"default_collation", "comparing, grouping and sorting of text; columns of new tables"},
    MirroredSetting {"default_null_order", "where ORDER BY, and LIMIT with it, puts NULL"},
    MirroredSetting {"default_order", "the direction of ORDER BY"},
    MirroredSetting {"default_transaction_invalidation_policy", "which errors end a transaction"},
    MirroredSetting {"dialect_compatibility_mode", "the meaning of what other databases write alike"},
    MirroredSetting {"disable_timestamptz_casts", "whether TIMESTAMP becomes TIMESTAMP WITH TIME ZONE by itself"},
    MirroredSetting {"enable_macro_dependencies", "whether a macro keeps what it names from being dropped"},
    MirroredSetting {"enable_view_dependencies", "whether a view keeps what it names from being dropped"},
    MirroredSetting {"error_on_division_by_zero", "an error or NULL"},
    MirroredSetting {"explain_output", "what EXPLAIN returns"},
    MirroredSetting {"ieee_floating_point_ops", "infinity and NaN, or errors and NULL"},
    MirroredSetting {"ignore_unknown_crs", "which types of GEOMETRY there are"},
    MirroredSetting {"integer_division", "what / is between integers"},
    MirroredSetting {"lambda_syntax", "whether -> begins a lambda"},
    MirroredSetting {"legacy_disable_null_type", "the type of a column of NULL"},
    MirroredSetting {"old_implicit_casting", "which types become which by themselves"},
    MirroredSetting {"order_by_non_integer_literal", "whether ORDER BY takes a literal"},
    MirroredSetting {"preserve_identifier_case", "the spelling of names"},
    MirroredSetting {"preserve_insertion_order", "the order of rows without ORDER BY"},
    MirroredSetting {"regex_match_operator_semantics", "what ~ matches"},
    MirroredSetting {"scalar_subquery_error_on_multiple_rows", "an error or any one of the rows"},
    MirroredSetting {"show_behavior", "what SHOW shows"},
    MirroredSetting {"table_function_identifier_conversion", "whether a name is text to a table function"},
};

constexpr bool IsMirroredSetting(std::string_view name) {
	auto fold = [](char letter) {
		return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
	};
	for (auto &setting : MIRRORED_SETTINGS) {
		bool equal = setting.name.size() == name.size();
		for (size_t i = 0; equal && i < name.size(); i++) {
			equal = fold(setting.name[i]) == fold(name[i]);
		}
		if (equal) {
			return true;
		}
	}
	return false;
}

} // namespace skein
