# libcrypto of OpenSSL: checks certificates and keys before Flight gets them, and compares tokens. Linked in where there is
# an archive, so that the server needs no library of it where it runs. Gives skein_openssl.

set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL QUIET COMPONENTS Crypto)
if(NOT OPENSSL_FOUND)
	set(OPENSSL_USE_STATIC_LIBS OFF)
	find_package(OpenSSL QUIET COMPONENTS Crypto)
endif()
if(NOT OPENSSL_FOUND)
	message(FATAL_ERROR "OpenSSL was not found. Run `make bootstrap`, which installs libssl-dev, or set OPENSSL_ROOT_DIR.")
endif()
add_library(skein_openssl INTERFACE)
target_link_libraries(skein_openssl INTERFACE OpenSSL::Crypto)
