//! Every limit of the protocol, the client and the server, each with its unit last. docs/limits.md describes them.
//!
//! `_default`: what holds unless a server's option or a client's setting says otherwise. `_max` and the others hold
//! always.
#pragma once

#include <cstdint>

namespace skein {
namespace limits {

//! A request (action body, ticket, descriptor) larger than this is refused before it is decoded.
constexpr uint64_t request_bytes_default = 16ULL << 20;
//! No server takes a larger one, no client sends it.
constexpr uint64_t request_bytes_max = 64ULL << 20;
//! Columns of one table or upload.
constexpr uint64_t columns_count_max = 10000;
//! Message and extra information of one error. gRPC sends errors as headers, of which clients accept 8 KiB by default.
constexpr uint64_t error_message_bytes_max = 2000;
constexpr uint64_t error_status_bytes_max = 400;
constexpr uint64_t error_extra_bytes_max = 800;

//! A session nobody renews ends after this; clients renew at a third of it.
constexpr uint64_t session_lease_seconds_default = 30;
constexpr uint64_t sessions_count_default = 1024;
//! A statement, from its request to its last row or its answer. 0: none.
constexpr uint64_t statement_seconds_default = 0;
//! How often the server looks for vanished clients and lapsed sessions.
constexpr uint64_t watchdog_interval_ms = 50;

//! Rows of one record batch, and the bytes at which a batch is cut.
constexpr uint64_t batch_rows_max = 16384;
constexpr uint64_t batch_bytes_max = 32ULL << 20;
//! Rows and bytes at which a frame is cut: as many rows as a row group of DuckDB's has. Its batch insert copies what
//! comes in smaller batches once more.
constexpr uint64_t frame_rows_max = 122880;
constexpr uint64_t frame_bytes_max = 8ULL << 20;
//! Engine buffer of one streaming result.
constexpr uint64_t scan_buffer_bytes_default = 16ULL << 20;
//! A result that is there within this time, and no larger, is sent with the word that nothing of it is missing.
constexpr uint64_t small_result_wait_ms = 20;
constexpr uint64_t small_result_bytes_max = 64ULL << 10;
//! One row of a result or an upload.
constexpr uint64_t row_bytes_max = 448ULL << 20;
//! Lists, structs and members in one another: in a type's text, and in one VARIANT value.
constexpr uint64_t type_depth_max = 64;
constexpr uint64_t variant_depth_max = 1000;
//! Batches of one upload that wait for the engine.
constexpr uint64_t upload_buffer_bytes_default = 16ULL << 20;
//! One uploaded record batch, on both sides.
constexpr uint64_t upload_batch_bytes_max = 512ULL << 20;
//! Connections of one transaction that read at the same time.
constexpr uint64_t snapshot_readers_count_max = 16;
//! Connections to the engine that wait for the next statement of any session.
constexpr uint64_t idle_connections_count_max = 16;
//! How often work looks for whether its client is still there.
constexpr uint64_t cancel_check_interval_us = 500;
//! Streams (scans and uploads) served at once.
constexpr uint64_t streams_count_default = 512;

//! Client: batches of one insert that wait for those before them.
constexpr uint64_t insert_reorder_bytes_default = 64ULL << 20;
//! Client: a condition longer than this is not sent but evaluated here.
constexpr uint64_t filter_bytes_default = 8ULL << 20;
//! Client: batches of one scan read ahead.
constexpr uint64_t read_ahead_bytes_default = 32ULL << 20;
//! Client: streams that read one result. 0: one for two threads of the client, at most so many.
constexpr uint64_t scan_streams_count_default = 0;
constexpr uint64_t scan_threads_streams_count_max = 4;
constexpr uint64_t scan_streams_count_max = 64;
//! Client: a result gets its further streams once so much of it has come and it goes on.
constexpr uint64_t scan_join_bytes = 4ULL << 20;
//! Client: time to reach a server and say hello.
constexpr uint64_t connect_ms_default = 5000;
//! Client: a call that should answer at once, and a stream that moves no byte.
constexpr uint64_t idle_ms_default = 30000;
//! Client: how often waits look for an interrupt.
constexpr uint64_t interrupt_poll_ms = 20;
//! Client: threads of statements kept while idle.
constexpr uint64_t idle_threads_count_max = 16;
//! Client: connections kept per server while idle.
constexpr uint64_t pool_connections_count_default = 16;

//! Client: a database with at most so many entries is described in full at once; of larger ones, what is used.
constexpr uint64_t catalog_in_full_count_max = 256;

//! Server: a connection on which nothing moves is asked after this, so often and so many times, whether its peer is
//! still there.
constexpr uint64_t keepalive_idle_seconds = 10;
constexpr uint64_t keepalive_interval_seconds = 5;
constexpr uint64_t keepalive_probes_count = 3;

//! Server: default time for work in flight to end after the first signal.
constexpr uint64_t drain_seconds_default = 30;
//! Server: time for answers of work that has ended to reach their clients, and for calls cut off then to return.
constexpr uint64_t drain_answer_ms_max = 2000;
constexpr uint64_t drain_return_ms_max = 10000;

} // namespace limits
} // namespace skein
