# Programs that only the benchmark needs; `make bench` builds them. Boost's headers are looked for, not required.

find_path(SKEIN_BOOST_INCLUDE boost/beast.hpp)
mark_as_advanced(SKEIN_BOOST_INCLUDE)
if(NOT SKEIN_BOOST_INCLUDE)
	return()
endif()

add_executable(bench_json_server EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/bench/json_server.cpp")
target_include_directories(bench_json_server SYSTEM PRIVATE "${SKEIN_BOOST_INCLUDE}")
target_link_libraries(bench_json_server PRIVATE skein_duckdb)
set_target_properties(bench_json_server PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
add_custom_target(bench_programs DEPENDS bench_json_server)
