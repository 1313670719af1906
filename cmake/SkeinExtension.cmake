# The loadable extension: everything of src/client that is not the stand-alone client, with a private DuckDB inside.

skein_glob(extension_sources src/client/*.cpp
           EXCLUDE "/src/client/transport/" "/src/client/distributed_flight_client\\.cpp$")
if(NOT extension_sources)
	message(STATUS "skein_extension has no sources yet")
	return()
endif()

# Objects, not an archive: nothing inside refers to the entry points. Unit tests link the same objects.
add_library(skein_extension_objects OBJECT ${extension_sources})
target_link_libraries(skein_extension_objects PUBLIC skein_client skein_codec skein_protocol)
target_include_directories(skein_extension_objects PUBLIC "${CMAKE_SOURCE_DIR}/src")
target_include_directories(skein_extension_objects BEFORE PRIVATE "${CMAKE_SOURCE_DIR}/src/client/duckdb_fmt")

# skein_link_module(NAME FOLDER RPATH...): links skein.duckdb_extension into FOLDER and writes its footer.
function(skein_link_module name folder)
	add_library(${name} MODULE $<TARGET_OBJECTS:skein_extension_objects>)
	target_link_libraries(${name} PRIVATE skein_client skein_codec skein_protocol skein_duckdb)
	# Nothing but the entry points leaves: the process has a DuckDB of its own.
	target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL
	                    "-Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/skein_extension.map" -Wl,--gc-sections)
	if(NOT SKEIN_SANITIZE)
		# A symbol missing here would else be found missing by the user's LOAD.
		target_link_options(${name} PRIVATE -Wl,-z,defs)
	endif()
	set_target_properties(${name} PROPERTIES
		PREFIX "" OUTPUT_NAME skein SUFFIX .duckdb_extension LINKER_LANGUAGE CXX
		LIBRARY_OUTPUT_DIRECTORY "${folder}" INSTALL_RPATH "${ARGN}"
		LINK_DEPENDS "${CMAKE_SOURCE_DIR}/scripts/append_footer.py")
	add_custom_command(TARGET ${name} POST_BUILD VERBATIM COMMAND
		Python3::Interpreter "${CMAKE_SOURCE_DIR}/scripts/append_footer.py" "$<TARGET_FILE:${name}>"
		--platform ${SKEIN_PLATFORM} --duckdb-version v${DuckDB_VERSION} --extension-version v${PROJECT_VERSION})
endfunction()

# skein_module(NAME FOLDER RPATH...): the same as it is shipped, without symbols.
function(skein_module name)
	skein_link_module(${name} ${ARGN})
	target_link_options(${name} PRIVATE $<$<CONFIG:Release>:-s>)
endfunction()

skein_module(skein_extension "${CMAKE_BINARY_DIR}" "$ORIGIN")
add_dependencies(skein_extension skein_arrow_beside)

# The name of the seed's transcript: links in a folder of its own, shaped like an extension directory. The loader resolves
# $ORIGIN by the path it was given, not by the link's target, so the Arrow libraries have links there too.
if(CMAKE_BINARY_DIR STREQUAL "${CMAKE_SOURCE_DIR}/build/release")
	set(compat_root "${CMAKE_SOURCE_DIR}/build/compat")
else()
	set(compat_root "${CMAKE_BINARY_DIR}/compat")
endif()
set(compat "${compat_root}/v${DuckDB_VERSION}/${SKEIN_PLATFORM}")
file(RELATIVE_PATH back "${compat}" "${CMAKE_BINARY_DIR}")
string(REGEX REPLACE "/$" "" back "${back}")
set(compat_commands COMMAND ${CMAKE_COMMAND} -E create_symlink
    "${back}/skein.duckdb_extension" "${compat}/motherduck.duckdb_extension")
foreach(library IN LISTS SKEIN_ARROW_LIBRARIES)
	get_filename_component(name "${library}" NAME)
	list(APPEND compat_commands COMMAND ${CMAKE_COMMAND} -E create_symlink "${back}/${name}" "${compat}/${name}")
endforeach()
add_custom_command(TARGET skein_extension POST_BUILD VERBATIM
                   COMMAND ${CMAKE_COMMAND} -E make_directory "${compat}" ${compat_commands})
