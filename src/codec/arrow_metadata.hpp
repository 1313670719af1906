//! Values of Arrow's metadata by key.
#pragma once

#include <memory>
#include <string>

#include <arrow/util/key_value_metadata.h>

namespace skein {

//! Empty where there is no metadata, or no such key.
inline std::string MetadataValue(const std::shared_ptr<const arrow::KeyValueMetadata> &metadata, const char *key) {
	if (!metadata) {
		return std::string();
	}
	auto value = metadata->Get(key);
	return value.ok() ? *value : std::string();
}

} // namespace skein
