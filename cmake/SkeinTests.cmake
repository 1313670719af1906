# Unit tests (one program per folder of tests/unit), fuzz drivers and examples.

option(SKEIN_TESTS "Build unit tests, fuzz drivers and examples" ON)
if(NOT SKEIN_TESTS)
	return()
endif()

find_package(GTest QUIET)
if(NOT GTest_FOUND)
	message(FATAL_ERROR "GoogleTest was not found. Run `make bootstrap`, or configure with -DSKEIN_TESTS=OFF.")
endif()

add_custom_target(unit_tests)
add_custom_target(fuzz_targets)
add_custom_target(examples)

# skein_program(NAME FOLDER SOURCES...): an executable in FOLDER of the build that finds the Arrow libraries.
function(skein_program name folder)
	add_executable(${name} ${ARGN})
	add_dependencies(${name} skein_arrow_beside)
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${folder}"
	                      INSTALL_RPATH "$ORIGIN;$ORIGIN/..")
endfunction()

set(skein_unit_protocol skein_client skein_protocol)
set(skein_unit_codec skein_codec skein_duckdb_engine)
set(skein_unit_server skein_server_core)
set(skein_unit_client skein_client skein_codec skein_duckdb_engine)
if(TARGET skein_extension_objects)
	list(PREPEND skein_unit_client skein_extension_objects)
endif()
# A server whose answers a test decides.
set(skein_unit_sources_client "${CMAKE_SOURCE_DIR}/tests/unit/protocol/flight_peer.cpp")

file(GLOB unit_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true "${CMAKE_SOURCE_DIR}/tests/unit/*")
foreach(folder IN LISTS unit_folders)
	get_filename_component(name "${folder}" NAME)
	file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
	if(NOT IS_DIRECTORY "${folder}" OR NOT sources)
		continue()
	endif()
	if(NOT DEFINED skein_unit_${name})
		message(FATAL_ERROR "tests/unit/${name}: say in cmake/SkeinTests.cmake what it links")
	endif()
	skein_program(unit_${name} unit ${sources} ${skein_unit_sources_${name}})
	target_include_directories(unit_${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests/unit")
	target_link_libraries(unit_${name} PRIVATE ${skein_unit_${name}} GTest::gtest GTest::gtest_main)
	add_dependencies(unit_tests unit_${name})
endforeach()

# What a fuzz driver links besides the protocol.
set(skein_fuzz_batch_index skein_server_core)
set(skein_fuzz_failed_call skein_codec skein_duckdb_engine)
set(skein_fuzz_frame skein_codec skein_duckdb_engine)
set(skein_fuzz_peer_address skein_server_core)
set(skein_fuzz_record_batch skein_codec skein_duckdb_engine)
set(skein_fuzz_server_address skein_client)
set(skein_fuzz_service skein_server_core)
set(skein_fuzz_startup_files skein_server_core)
set(skein_fuzz_table_name skein_client)
set(skein_fuzz_type_text skein_codec skein_duckdb_engine)

# With clang, link -fsanitize=fuzzer in its place.
add_library(fuzz_driver OBJECT "${CMAKE_SOURCE_DIR}/tests/fuzz/driver/main.cpp")
target_include_directories(fuzz_driver PUBLIC "${CMAKE_SOURCE_DIR}/tests/fuzz")

file(GLOB fuzz_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/fuzz/*.cpp")
foreach(source IN LISTS fuzz_sources)
	get_filename_component(name "${source}" NAME_WE)
	skein_program(fuzz_${name} fuzz "${source}")
	target_link_libraries(fuzz_${name} PRIVATE fuzz_driver ${skein_fuzz_${name}} skein_protocol)
	add_dependencies(fuzz_targets fuzz_${name})
endforeach()

file(GLOB example_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/examples/*.cpp")
foreach(source IN LISTS example_sources)
	get_filename_component(name "${source}" NAME_WE)
	skein_program(example_${name} examples "${source}")
	target_link_libraries(example_${name} PRIVATE skein_client skein_codec skein_duckdb_engine)
	add_dependencies(examples example_${name})
endforeach()
