# Compiler, linker, cache and flags. Included once, before any target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
# Binaries find the Arrow libraries beside themselves, so a build folder can be moved.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g")

option(SKEIN_WERROR "Treat warnings as errors" OFF)
set(SKEIN_SANITIZE "" CACHE STRING "Sanitizers for our own code: address,undefined or thread; empty for none")

add_compile_options(-Wall -Wextra -Wno-unused-parameter -ffunction-sections -fdata-sections)
if(SKEIN_WERROR)
	add_compile_options(-Werror)
endif()
if(SKEIN_SANITIZE)
	# DuckDB and Arrow come without type information for the vptr check.
	# A finding ends the program; lines are enough to find it.
	add_compile_options(-fsanitize=${SKEIN_SANITIZE} -fno-sanitize=vptr -fno-omit-frame-pointer -g1
	                    -fno-sanitize-recover=all)
	add_link_options(-fsanitize=${SKEIN_SANITIZE})
endif()

# Relative paths below the source folder let a fresh clone, and any build folder of the same depth, share the cache.
find_program(SKEIN_CCACHE ccache)
mark_as_advanced(SKEIN_CCACHE)
if(SKEIN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
	set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
	                                ${SKEIN_CCACHE})
endif()

find_program(SKEIN_MOLD mold)
mark_as_advanced(SKEIN_MOLD)
if(SKEIN_MOLD AND NOT SKEIN_SANITIZE)
	add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# A path from the command line or the environment; kept, so that later runs without the environment agree.
function(skein_setting name description)
	if(DEFINED ENV{${name}} AND NOT "$ENV{${name}}" STREQUAL "")
		set(${name} "$ENV{${name}}" CACHE PATH "${description}" FORCE)
	else()
		set(${name} "" CACHE PATH "${description}")
	endif()
endfunction()

# The per-user cache of scripts/common.sh.
if(DEFINED ENV{SKEIN_CACHE})
	set(SKEIN_CACHE_DIR "$ENV{SKEIN_CACHE}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
	set(SKEIN_CACHE_DIR "$ENV{XDG_CACHE_HOME}/skein")
else()
	set(SKEIN_CACHE_DIR "$ENV{HOME}/.cache/skein")
endif()

# The platform name DuckDB uses in extension folders and footers.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
	set(SKEIN_PLATFORM linux_arm64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
	set(SKEIN_PLATFORM linux_amd64)
else()
	message(FATAL_ERROR "no DuckDB platform name known for ${CMAKE_SYSTEM_NAME} on ${CMAKE_SYSTEM_PROCESSOR}")
endif()
