# protozero, CLI11, spdlog and fmt are used as headers only: the server needs no library of theirs where it runs.

function(skein_header_only name header)
	string(TOUPPER "SKEIN_${name}_INCLUDE" variable)
	find_path(${variable} ${header})
	mark_as_advanced(${variable})
	if(NOT ${variable})
		message(FATAL_ERROR "the header ${header} was not found. Run `make bootstrap`, which installs ${name}, "
		                    "or set ${variable}.")
	endif()
	add_library(skein_${name} INTERFACE)
	target_include_directories(skein_${name} SYSTEM INTERFACE "${${variable}}")
endfunction()

skein_header_only(protozero protozero/pbf_reader.hpp)
skein_header_only(cli11 CLI/CLI.hpp)
skein_header_only(spdlog spdlog/spdlog.h)
skein_header_only(fmt fmt/format.h)
target_compile_definitions(skein_fmt INTERFACE FMT_HEADER_ONLY)
target_compile_definitions(skein_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(skein_spdlog INTERFACE skein_fmt Threads::Threads)
