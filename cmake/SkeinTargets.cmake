# Our own libraries and the server. The arrows of the layout are the link lines: client and server never meet.

# skein_glob(VARIABLE pattern...): sources below src/, found again at each build; EXCLUDE regular expressions after it.
function(skein_glob variable)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "EXCLUDE")
	list(TRANSFORM arg_UNPARSED_ARGUMENTS PREPEND "${CMAKE_SOURCE_DIR}/")
	file(GLOB_RECURSE files CONFIGURE_DEPENDS ${arg_UNPARSED_ARGUMENTS})
	foreach(expression IN LISTS arg_EXCLUDE)
		list(FILTER files EXCLUDE REGEX "${expression}")
	endforeach()
	set(${variable} "${files}" PARENT_SCOPE)
endfunction()

# A static library, or one without code while none of its sources exist.
function(skein_static_library name)
	if(ARGN)
		add_library(${name} STATIC ${ARGN})
		target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
	else()
		add_library(${name} INTERFACE)
		target_include_directories(${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
		message(STATUS "${name} has no sources yet")
	endif()
endfunction()

function(skein_link name)
	get_target_property(type ${name} TYPE)
	if(type STREQUAL "INTERFACE_LIBRARY")
		target_link_libraries(${name} INTERFACE ${ARGN})
	else()
		target_link_libraries(${name} PUBLIC ${ARGN})
	endif()
endfunction()

skein_glob(protocol_sources src/protocol/*.cpp)
skein_static_library(skein_protocol ${protocol_sources})
skein_link(skein_protocol skein_protozero skein_arrow_flight)

skein_glob(codec_sources src/codec/*.cpp)
skein_static_library(skein_codec ${codec_sources})
# Loops over blocks of values, which GCC turns into vector instructions at this level only.
skein_glob(frame_sources src/codec/frame_*.cpp)
set_source_files_properties(${frame_sources} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")
# Which DuckDB, the program decides that it ends in.
skein_link(skein_codec skein_protocol skein_duckdb_headers skein_arrow_flight)

skein_glob(client_sources src/client/transport/*.cpp)
if(EXISTS "${CMAKE_SOURCE_DIR}/src/client/distributed_flight_client.cpp")
	list(APPEND client_sources "${CMAKE_SOURCE_DIR}/src/client/distributed_flight_client.cpp")
endif()
skein_static_library(skein_client ${client_sources})
skein_link(skein_client skein_protocol skein_arrow_flight)

skein_glob(server_sources src/server/*.cpp EXCLUDE "/distributed_server_main\\.cpp$")
skein_static_library(skein_server_core ${server_sources})
skein_link(skein_server_core skein_codec skein_protocol skein_spdlog skein_cli11 skein_openssl skein_duckdb_engine
           skein_arrow_flight)

if(EXISTS "${CMAKE_SOURCE_DIR}/src/server/distributed_server_main.cpp")
	add_executable(distributed_server src/server/distributed_server_main.cpp)
	target_link_libraries(distributed_server PRIVATE skein_server_core)
	target_link_options(distributed_server PRIVATE -Wl,--gc-sections)
	set_target_properties(distributed_server PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/../lib/skein")
endif()

# The Arrow libraries beside our binaries: copies, so that the folder can be moved.
add_custom_target(skein_arrow_beside ALL)
foreach(library IN LISTS SKEIN_ARROW_LIBRARIES)
	get_filename_component(name "${library}" NAME)
	add_custom_command(OUTPUT "${CMAKE_BINARY_DIR}/${name}" DEPENDS "${library}"
	                   COMMAND ${CMAKE_COMMAND} -E copy "${library}" "${CMAKE_BINARY_DIR}/${name}" VERBATIM)
	target_sources(skein_arrow_beside PRIVATE "${CMAKE_BINARY_DIR}/${name}")
endforeach()
if(TARGET distributed_server)
	add_dependencies(distributed_server skein_arrow_beside)
endif()
