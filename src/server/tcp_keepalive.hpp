//! Lets the kernel find out which clients are gone without a word.
//!
//! gRPC's own keepalive is off, because it ends connections of clients that ask too often, and cannot be set from here.
//! Accepted sockets inherit TCP's keepalive from the socket they were accepted on (Linux, tcp(7)); Flight shows
//! neither, so the listening sockets are looked for among the process' descriptors.
#pragma once

namespace skein {

//! Turns TCP's keepalive on for connections that will come to `port`. A peer whose kernel does not answer for
//! keepalive_idle_seconds + keepalive_probes_count * keepalive_interval_seconds loses its connection, whatever was
//! under way; one that merely stands still keeps it. Returns how many listening sockets there were: 0 for a Unix
//! socket.
int EnableKeepalive(int port);

} // namespace skein
