# Programs that only the benchmark needs; `make bench` builds them.

add_custom_target(bench_programs)

# Stands before the C library's memcpy: no call of it may be made of its own loops.
add_library(bench_copy_counter MODULE EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/bench/copy_counter.cpp")
target_compile_options(bench_copy_counter PRIVATE -U_FORTIFY_SOURCE -fno-builtin
                       $<$<CXX_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>)
target_link_libraries(bench_copy_counter PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(bench_copy_counter PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
add_dependencies(bench_programs bench_copy_counter)

# The extension with the names of its functions, so that who copies can be told.
if(TARGET skein_extension)
	skein_link_module(bench_extension "${CMAKE_BINARY_DIR}/bench" "$ORIGIN/..")
	set_target_properties(bench_extension PROPERTIES EXCLUDE_FROM_ALL TRUE)
	add_dependencies(bench_programs bench_extension)
endif()

# Boost's headers are looked for, not required.
find_path(SKEIN_BOOST_INCLUDE boost/beast.hpp)
mark_as_advanced(SKEIN_BOOST_INCLUDE)
if(NOT SKEIN_BOOST_INCLUDE)
	return()
endif()

add_executable(bench_json_server EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/bench/json_server.cpp")
target_include_directories(bench_json_server SYSTEM PRIVATE "${SKEIN_BOOST_INCLUDE}")
target_link_libraries(bench_json_server PRIVATE skein_duckdb)
set_target_properties(bench_json_server PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
add_dependencies(bench_programs bench_json_server)
