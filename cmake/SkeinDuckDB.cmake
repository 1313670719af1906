# DuckDB 2.0, static. Looked for in SKEIN_DUCKDB_PREFIX (variable or environment), then wherever CMake finds packages,
# then where `make bootstrap` builds it. Gives
#   skein_duckdb_headers  include paths only
#   skein_duckdb          the engine with every extension archive; the linker takes what is referenced
#   skein_duckdb_engine   what the server and the tests link: the same, or with SKEIN_DUCKDB_SHARED libduckdb.so
#   DuckDB_VERSION        the exact version, which the extension's footer must name

skein_setting(SKEIN_DUCKDB_PREFIX "Where DuckDB 2.0 is installed; empty to search")
set(SKEIN_DUCKDB_VERSION 2.0.0)
set(DuckDB_USE_STATIC_LIBS ON)
# Look again each time: a remembered folder would win over a changed prefix.
unset(DuckDB_DIR CACHE)

if(SKEIN_DUCKDB_PREFIX)
	find_package(DuckDB 2.0 CONFIG QUIET PATHS "${SKEIN_DUCKDB_PREFIX}" NO_DEFAULT_PATH)
else()
	find_package(DuckDB 2.0 CONFIG QUIET)
	if(NOT DuckDB_FOUND)
		find_package(DuckDB 2.0 CONFIG QUIET NO_DEFAULT_PATH
		             PATHS "${SKEIN_CACHE_DIR}/duckdb-${SKEIN_DUCKDB_VERSION}-${SKEIN_PLATFORM}")
	endif()
endif()
if(NOT DuckDB_FOUND)
	message(FATAL_ERROR "DuckDB 2.0 was not found. Run `make bootstrap`, which builds it once, "
	                    "or set SKEIN_DUCKDB_PREFIX to a prefix that holds it.")
endif()
if(NOT DuckDB_VERSION MATCHES "^2\\.0\\.")
	message(FATAL_ERROR "DuckDB ${DuckDB_VERSION} in ${DuckDB_DIR} is not 2.0; "
	                    "run `make bootstrap` or set SKEIN_DUCKDB_PREFIX.")
endif()

get_filename_component(skein_duckdb_include "${DuckDB_INCLUDE_DIRS}" ABSOLUTE)
add_library(skein_duckdb_headers INTERFACE)
target_include_directories(skein_duckdb_headers SYSTEM INTERFACE "${skein_duckdb_include}")

# The archives refer to each other in circles, so they go to the linker as one group.
set(skein_duckdb_archives "")
foreach(target IN ITEMS
		duckdb_static core_functions_extension parquet_extension json_extension icu_extension duckdb_jemalloc
		duckdb_loadable_extensions duckdb_httplib duckdb_fastpforlib duckdb_fmt duckdb_fsst duckdb_hyperloglog
		duckdb_mbedtls duckdb_duckdb_miniz duckdb_re2 duckdb_skiplistlib duckdb_utf8proc duckdb_duckdb_yyjson
		duckdb_duckdb_zstd)
	if(TARGET ${target})
		get_target_property(archive ${target} IMPORTED_LOCATION_RELEASE)
		if(NOT archive)
			get_target_property(archive ${target} LOCATION)
		endif()
		list(APPEND skein_duckdb_archives "${archive}")
	endif()
endforeach()
foreach(target IN ITEMS duckdb_static core_functions_extension parquet_extension json_extension icu_extension)
	if(NOT TARGET ${target})
		message(FATAL_ERROR "the DuckDB in ${DuckDB_DIR} has no static ${target}; run `make bootstrap`, "
		                    "or set SKEIN_DUCKDB_PREFIX to a prefix that has it.")
	endif()
endforeach()
list(JOIN skein_duckdb_archives "," skein_duckdb_group)
add_library(skein_duckdb INTERFACE)
target_link_libraries(skein_duckdb INTERFACE skein_duckdb_headers
                      "-Wl,--start-group,${skein_duckdb_group},--end-group" Threads::Threads ${CMAKE_DL_LIBS})

# Under a sanitizer the engine stays a library of its own: its frames can be told from ours, and no program of ours takes
# copies of inline functions that were compiled without instrumentation.
option(SKEIN_DUCKDB_SHARED "Link server and tests to libduckdb.so; the extension always holds its own DuckDB" OFF)
add_library(skein_duckdb_engine INTERFACE)
if(SKEIN_DUCKDB_SHARED)
	get_filename_component(skein_duckdb_lib "${skein_duckdb_include}/../lib" ABSOLUTE)
	if(NOT EXISTS "${skein_duckdb_lib}/libduckdb.so")
		message(FATAL_ERROR "SKEIN_DUCKDB_SHARED: there is no ${skein_duckdb_lib}/libduckdb.so")
	endif()
	target_link_libraries(skein_duckdb_engine INTERFACE skein_duckdb_headers "${skein_duckdb_lib}/libduckdb.so"
	                      Threads::Threads ${CMAKE_DL_LIBS})
	target_link_options(skein_duckdb_engine INTERFACE "-Wl,-rpath,${skein_duckdb_lib}")
else()
	target_link_libraries(skein_duckdb_engine INTERFACE skein_duckdb)
endif()
message(STATUS "DuckDB ${DuckDB_VERSION}: ${DuckDB_DIR}")
