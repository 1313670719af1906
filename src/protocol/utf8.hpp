//! What may stand in a text field: UTF-8 without NUL.
#pragma once

#include <string>
#include <string_view>

namespace skein {

//! Length of the UTF-8 sequence that begins at `position`; 0 where none does.
size_t Utf8SequenceLength(std::string_view text, size_t position);

//! True for well-formed UTF-8 without NUL.
bool IsText(std::string_view text);

//! `text` with every byte that is not part of well-formed UTF-8, and every NUL, replaced by '?'.
std::string ToText(std::string_view text);

//! At most `bytes_max` bytes of `text`, ended by "..." where something was cut; never splits a character.
std::string CutText(const std::string &text, size_t bytes_max);

} // namespace skein
