# Arrow Flight: a distribution's package where there is one, else the headers and libraries of the pyarrow wheel that
# scripts/fetch_arrow.sh unpacks. Gives
#   skein_arrow_flight      headers and both libraries
#   SKEIN_ARROW_LIBRARIES   the library files to put beside our binaries; empty for a distribution's package

skein_setting(SKEIN_ARROW_PREFIX "Unpacked Arrow Flight libraries; empty to search")
set(SKEIN_PYARROW_VERSION 26.0.1)
set(SKEIN_ARROW_LIBRARIES "")
add_library(skein_arrow_flight INTERFACE)

if(NOT SKEIN_ARROW_PREFIX)
	find_package(ArrowFlight CONFIG QUIET)
	set(SKEIN_ARROW_PREFIX_USED "${SKEIN_CACHE_DIR}/arrow-${SKEIN_PYARROW_VERSION}-${SKEIN_PLATFORM}")
else()
	set(SKEIN_ARROW_PREFIX_USED "${SKEIN_ARROW_PREFIX}")
endif()

if(ArrowFlight_FOUND)
	if(TARGET ArrowFlight::arrow_flight_shared)
		target_link_libraries(skein_arrow_flight INTERFACE ArrowFlight::arrow_flight_shared Arrow::arrow_shared)
	else()
		target_link_libraries(skein_arrow_flight INTERFACE ArrowFlight::arrow_flight_static Arrow::arrow_static)
	endif()
	# The libraries stay where the package has them.
	set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
	message(STATUS "Arrow Flight ${ArrowFlight_VERSION}: ${ArrowFlight_DIR}")
else()
	foreach(name IN ITEMS arrow arrow_flight)
		set(link "${SKEIN_ARROW_PREFIX_USED}/lib/lib${name}.so")
		if(NOT EXISTS "${link}")
			message(FATAL_ERROR "Arrow Flight was not found: no package ArrowFlight, and no ${link}. "
			                    "Run `make bootstrap`, or set SKEIN_ARROW_PREFIX.")
		endif()
		# The file behind the link is named like its soname, which is what the loader will ask for.
		file(REAL_PATH "${link}" library)
		list(APPEND SKEIN_ARROW_LIBRARIES "${library}")
		add_library(skein_wheel_${name} SHARED IMPORTED)
		get_filename_component(soname "${library}" NAME)
		set_target_properties(skein_wheel_${name} PROPERTIES
			IMPORTED_LOCATION "${library}" IMPORTED_SONAME "${soname}"
			INTERFACE_INCLUDE_DIRECTORIES "${SKEIN_ARROW_PREFIX_USED}/include")
	endforeach()
	target_link_libraries(skein_arrow_flight INTERFACE skein_wheel_arrow_flight skein_wheel_arrow)
	message(STATUS "Arrow Flight of pyarrow: ${SKEIN_ARROW_PREFIX_USED}")
endif()
