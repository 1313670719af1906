# PREFIX/bin/distributed_server and PREFIX/lib/skein: the extension with the Arrow libraries beside it.
#
# DuckDB's INSTALL copies the extension alone into its own folder; the copy finds the libraries by the prefix, so the
# installed extension is linked for CMAKE_INSTALL_PREFIX. `make install PREFIX=...` configures, links and installs.

set(skein_library_folder "${CMAKE_INSTALL_PREFIX}/lib/skein")

if(TARGET distributed_server)
	install(TARGETS distributed_server RUNTIME DESTINATION bin)
endif()
if(TARGET skein_extension)
	skein_module(skein_extension_installed "${CMAKE_BINARY_DIR}/installed" "$ORIGIN;${skein_library_folder}")
	# Not as a target: an installed target may be stripped or edited, and the footer would be lost.
	install(PROGRAMS "${CMAKE_BINARY_DIR}/installed/skein.duckdb_extension" DESTINATION lib/skein)
endif()
install(FILES ${SKEIN_ARROW_LIBRARIES} DESTINATION lib/skein)
