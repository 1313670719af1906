//! What an option accepts, said in its error.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace skein {

//! A check that names what is accepted; CLI11 puts the option's name before it.
CLI::Validator Accepts(const std::string &accepted, std::function<bool(const std::string &)> is_valid);
//! Digits only, from `minimum` to `maximum`.
CLI::Validator WholeNumber(uint64_t minimum, uint64_t maximum);

} // namespace skein
