#include <algorithm>
#include <array>
#include <limits>

#include "base/assert.h"
#include "dialect/sql/state/variable_checks.h"
#include "dialect/sql/state/words.h"
#include "dialect/sql/type/server_defaults.h"
#include "dialect/sql/type/sql_mode.h"

namespace octavo::sql {
namespace {

using namespace variable_flag;
using enum VariableKind;
using Words = std::span<const std::string_view>;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kYear = 31'536'000;  // in seconds
constexpr std::uint64_t kGiBytes = 1ULL << 30U;
constexpr std::uint16_t kFact = kGlobal | kReadOnly;  // of the server

constexpr VariableRow on_off(std::string_view name, std::uint16_t flags, bool fallback) {
  return {.name = name, .flags = flags, .kind = boolean, .fallback = fallback ? "ON" : "OFF"};
}
constexpr VariableRow number(std::string_view name, std::uint16_t flags, std::string_view fallback,
                             std::int64_t least, std::uint64_t most) {
  return {.name = name,
          .flags = flags,
          .kind = integer,
          .fallback = fallback,
          .least = least,
          .most = most};
}
constexpr VariableRow fact(std::string_view name, std::string_view fallback) {
  return {.name = name, .flags = kFact, .kind = text, .fallback = fallback};
}
constexpr VariableRow one_of(std::string_view name, std::uint16_t flags, std::string_view fallback,
                             Words words) {
  return {.name = name, .flags = flags, .kind = choice, .fallback = fallback, .words = words};
}
// A set whose own variable is that of the collation.
constexpr VariableRow face(std::string_view name, std::uint16_t flags,
                           value::Value (*derived)(const VariableValues&),
                           void (*derive)(VariableValues&, const value::Value&)) {
  return {
      .name = name, .flags = flags, .check = check_charset, .derived = derived, .derive = derive};
}
constexpr VariableRow checked(std::string_view name, std::uint16_t flags, std::string_view fallback,
                              Result<value::Value> (*check)(const VariableRow&, value::Value)) {
  return {.name = name, .flags = flags, .fallback = fallback, .check = check};
}
constexpr VariableRow live(std::string_view name, std::uint16_t flags, VariableKind kind,
                           value::Value (*read)(const SessionState&),
                           void (*set)(SessionState&, const value::Value&) = nullptr) {
  return {.name = name, .flags = flags, .kind = kind, .most = kMost, .live = read, .set_live = set};
}

constexpr std::string_view kIsolations[] = {"READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ",
                                            "SERIALIZABLE"};
constexpr std::string_view kCompletions[] = {"NO_CHAIN", "CHAIN", "RELEASE"};
constexpr std::string_view kAlways[] = {"NEVER", "AUTO", "ALWAYS"};
constexpr std::string_view kMetadata[] = {"NONE", "FULL"};
constexpr std::string_view kTrackTransactions[] = {"OFF", "STATE", "CHARACTERISTICS"};
constexpr std::string_view kTrackGtids[] = {"OFF", "OWN_GTID", "ALL_GTIDS"};
constexpr std::string_view kHashes[] = {"CRC32", "NONE"};
constexpr std::string_view kBinlogFormats[] = {"MIXED", "STATEMENT", "ROW"};
constexpr std::string_view kRowImages[] = {"MINIMAL", "NOBLOB", "FULL"};
constexpr std::string_view kLocales[] = {"en_US"};
constexpr std::string_view kUpgrade[] = {"NONE", "MINIMAL", "AUTO", "FORCE"};

constexpr std::string_view kTrackedNames =
    "time_zone,autocommit,character_set_client,character_set_results,character_set_connection";

constexpr std::array kRows = std::to_array<VariableRow>({
    on_off("activate_all_roles_on_login", kGlobal, false),
    number("auto_increment_increment", kBoth | kFixed, "1", 1, 65'535),
    number("auto_increment_offset", kBoth | kFixed, "1", 1, 65'535),
    on_off("autocommit", kBoth, true),
    on_off("automatic_sp_privileges", kGlobal, true),
    number("back_log", kFact, "151", 1, 65'535),
    fact("basedir", "/usr/"),
    on_off("big_tables", kBoth, false),
    fact("bind_address", "*"),
    number("binlog_cache_size", kGlobal, "32768", 4096, kMost),
    one_of("binlog_checksum", kGlobal, "CRC32", kHashes),
    on_off("binlog_direct_non_transactional_updates", kBoth, false),
    one_of("binlog_format", kBoth, "ROW", kBinlogFormats),
    one_of("binlog_row_image", kBoth, "FULL", kRowImages),
    number("bulk_insert_buffer_size", kBoth, "8388608", 0, kMost),
    checked("character_set_client", kBoth, "utf8mb4", check_charset),
    face("character_set_connection", kBoth, connection_charset, set_connection_charset),
    face("character_set_database", kBoth, database_charset, set_database_charset),
    checked("character_set_filesystem", kBoth | kFixed, "binary", check_charset),
    checked("character_set_results", kBoth | kNullable, "utf8mb4", check_charset),
    face("character_set_server", kBoth, server_charset, set_server_charset),
    fact("character_set_system", "utf8mb3"),
    fact("character_sets_dir", "/usr/share/mysql/charsets/"),
    checked("collation_connection", kBoth, kServerCollation, check_collation),
    checked("collation_database", kBoth, kServerCollation, check_collation),
    checked("collation_server", kBoth, kServerCollation, check_collation),
    one_of("completion_type", kBoth, "NO_CHAIN", kCompletions),
    one_of("concurrent_insert", kGlobal, "AUTO", kAlways),
    number("connect_timeout", kGlobal, "10", 2, kYear),
    on_off("core_file", kFact, false),
    number("cte_max_recursion_depth", kBoth, "1000", 0, kMost32),
    fact("datadir", ""),
    checked("default_collation_for_utf8mb4", kBoth | kFixed, kServerCollation, check_collation),
    number("default_password_lifetime", kGlobal | kFixed, "0", 0, 65'535),
    one_of("default_storage_engine", kBoth, kEngines.front(), kEngines),
    one_of("default_tmp_storage_engine", kBoth, kEngines.front(), kEngines),
    number("default_week_format", kBoth, "0", 0, 7),
    on_off("disconnect_on_expired_password", kFact, true),
    number("div_precision_increment", kBoth, "4", 0, 30),
    on_off("end_markers_in_json", kBoth, false),
    live("error_count", kSession | kReadOnly, integer, read_errors),
    on_off("event_scheduler", kGlobal | kFixed, false),
    number("expire_logs_days", kGlobal, "0", 0, 99),
    on_off("explicit_defaults_for_timestamp", kBoth | kFixed, true),
    on_off("flush", kGlobal, false),
    number("flush_time", kGlobal, "0", 0, kYear),
    on_off("foreign_key_checks", kBoth, true),
    fact("ft_boolean_syntax", "+ -><()~*:\"\"&|"),
    number("ft_max_word_len", kFact, "84", 10, 84),
    number("ft_min_word_len", kFact, "4", 1, 84),
    on_off("general_log", kGlobal | kFixed, false),
    number("group_concat_max_len", kBoth, "1024", 4, kMost),
    fact("gtid_mode", "OFF"),
    fact("have_compress", "YES"),
    fact("have_dynamic_loading", "NO"),
    fact("have_geometry", "NO"),
    fact("have_openssl", "DISABLED"),
    fact("have_profiling", "NO"),
    fact("have_query_cache", "NO"),
    fact("have_rtree_keys", "NO"),
    fact("have_ssl", "DISABLED"),
    fact("have_symlink", "DISABLED"),
    fact("hostname", ""),
    live("identity", kSession, integer, read_last_insert_id, set_last_insert_id),
    number("information_schema_stats_expiry", kBoth, "86400", 0, kYear),
    fact("init_connect", ""),
    number("innodb_lock_wait_timeout", kBoth, "50", 1, 1'073'741'824),
    number("interactive_timeout", kBoth, "28800", 1, kYear),
    number("join_buffer_size", kBoth, "262144", 128, kMost),
    number("key_buffer_size", kGlobal, "8388608", 0, kMost),
    fact("lc_messages", "en_US"),
    one_of("lc_time_names", kBoth | kFixed, "en_US", kLocales),
    fact("license", "MIT"),
    on_off("local_infile", kGlobal | kFixed, false),
    number("lock_wait_timeout", kBoth, "31536000", 1, kYear),
    on_off("log_bin", kFact, false),
    fact("log_output", "NONE"),
    on_off("log_queries_not_using_indexes", kGlobal, false),
    number("long_query_time", kBoth, "10", 0, kYear),
    on_off("low_priority_updates", kBoth, false),
    on_off("lower_case_file_system", kFact, false),
    number("lower_case_table_names", kFact, "0", 0, 2),
    number("max_allowed_packet", kBoth | kGlobalOnlySet, "67108864", 1024, kGiBytes),
    number("max_connect_errors", kGlobal, "100", 1, kMost),
    number("max_connections", kFact, "10000", 1, 100'000),
    number("max_delayed_threads", kBoth, "20", 0, 16'384),
    number("max_error_count", kBoth, "1024", 0, 65'535),
    number("max_execution_time", kBoth, "0", 0, kMost32),
    number("max_heap_table_size", kBoth, "16777216", 16'384, kMost),
    number("max_insert_delayed_threads", kBoth, "0", 0, 16'384),
    number("max_join_size", kBoth, "18446744073709551615", 1, kMost),
    number("max_length_for_sort_data", kBoth, "4096", 4, 8'388'608),
    number("max_points_in_geometry", kBoth, "65536", 3, 1'048'576),
    number("max_prepared_stmt_count", kGlobal, "16382", 0, 4'194'304),
    number("max_seeks_for_key", kBoth, "18446744073709551615", 1, kMost),
    number("max_sort_length", kBoth, "1024", 4, 8'388'608),
    number("max_sp_recursion_depth", kBoth | kFixed, "0", 0, 255),
    number("max_user_connections", kFact, "0", 0, kMost32),
    number("min_examined_row_limit", kBoth, "0", 0, kMost),
    number("net_buffer_length", kBoth | kGlobalOnlySet, "16384", 1024, 1'048'576),
    number("net_read_timeout", kBoth, "30", 1, kYear),
    number("net_retry_count", kBoth, "10", 1, kMost),
    number("net_write_timeout", kBoth, "60", 1, kYear),
    on_off("new", kBoth | kFixed, false),
    on_off("old_alter_table", kBoth, false),
    number("optimizer_prune_level", kBoth, "1", 0, 1),
    number("optimizer_search_depth", kBoth, "62", 0, 62),
    {.name = "optimizer_switch", .flags = kBoth, .fallback = ""},
    on_off("performance_schema", kFact, false),
    fact("pid_file", ""),
    number("port", kFact, "3306", 0, 65'535),
    on_off("print_identified_with_as_hex", kBoth, false),
    on_off("profiling", kBoth | kFixed, false),
    number("profiling_history_size", kBoth, "15", 0, 100),
    number("protocol_version", kFact, "10", 0, 255),
    live("pseudo_thread_id", kSession | kReadOnly, integer, read_connection_id),
    number("query_alloc_block_size", kBoth, "8192", 1024, kMost32),
    number("query_prealloc_size", kBoth, "8192", 8192, kMost),
    number("range_optimizer_max_mem_size", kBoth, "8388608", 0, kMost),
    number("read_buffer_size", kBoth, "131072", 8192, kMost32),
    on_off("read_only", kGlobal | kFixed, false),
    number("read_rnd_buffer_size", kBoth, "262144", 1, kMost32),
    on_off("require_secure_transport", kFact, false),
    one_of("resultset_metadata", kSession | kFixed, "FULL", kMetadata),
    fact("secure_file_priv", ""),
    number("server_id", kFact, "1", 0, kMost32),
    fact("server_uuid", ""),
    one_of("session_track_gtids", kBoth | kFixed, "OFF", kTrackGtids),
    on_off("session_track_schema", kBoth, true),
    on_off("session_track_state_change", kBoth, false),
    {.name = "session_track_system_variables", .flags = kBoth, .fallback = kTrackedNames},
    one_of("session_track_transaction_info", kBoth, "OFF", kTrackTransactions),
    on_off("show_create_table_skip_secondary_engine", kSession, false),
    on_off("show_create_table_verbosity", kBoth | kFixed, false),
    on_off("skip_external_locking", kFact, true),
    on_off("skip_name_resolve", kFact, true),
    on_off("skip_networking", kFact, false),
    on_off("skip_show_database", kFact, false),
    on_off("slow_query_log", kGlobal | kFixed, false),
    fact("socket", ""),
    number("sort_buffer_size", kBoth, "262144", 32'768, kMost),
    on_off("sql_auto_is_null", kBoth | kFixed, false),
    on_off("sql_big_selects", kBoth, true),
    on_off("sql_buffer_result", kBoth, false),
    on_off("sql_generate_invisible_primary_key", kBoth | kFixed, false),
    on_off("sql_log_bin", kSession, true),
    on_off("sql_log_off", kBoth, false),
    checked("sql_mode", kBoth, sql_mode::kDefaultText, check_mode),
    on_off("sql_notes", kBoth, true),
    on_off("sql_quote_show_create", kBoth | kFixed, true),
    on_off("sql_require_primary_key", kBoth | kFixed, false),
    on_off("sql_safe_updates", kBoth | kFixed, false),
    number("sql_select_limit", kBoth, "18446744073709551615", 0, kMost),
    on_off("sql_warnings", kBoth, false),
    on_off("super_read_only", kGlobal | kFixed, false),
    fact("system_time_zone", "UTC"),
    number("table_definition_cache", kGlobal, "2000", 400, 524'288),
    number("table_open_cache", kGlobal, "4000", 1, 524'288),
    number("thread_cache_size", kGlobal, "9", 0, 16'384),
    number("thread_stack", kFact, "1048576", 131'072, kMost),
    checked("time_zone", kBoth, "SYSTEM", check_zone),
    live("timestamp", kSession, real, read_timestamp, set_timestamp),
    fact("tls_version", "TLSv1.2,TLSv1.3"),
    number("tmp_table_size", kBoth, "16777216", 1024, kMost),
    fact("tmpdir", "/tmp"),
    number("transaction_alloc_block_size", kBoth, "8192", 1024, 131'072),
    one_of("transaction_isolation", kBoth, "REPEATABLE-READ", kIsolations),
    number("transaction_prealloc_size", kBoth, "4096", 1024, 131'072),
    on_off("transaction_read_only", kBoth, false),
    on_off("unique_checks", kBoth, true),
    on_off("updatable_views_with_limit", kBoth, true),
    one_of("upgrade", kFact, "NONE", kUpgrade),
    on_off("use_secondary_engine", kSession | kFixed, true),
    fact("version", ""),
    fact("version_comment", "Octavo"),
    fact("version_compile_machine", "x86_64"),
    fact("version_compile_os", "Linux"),
    fact("version_compile_zlib", ""),
    number("wait_timeout", kBoth, "28800", 1, kYear),
    live("warning_count", kSession | kReadOnly, integer, read_warnings),
    on_off("windowing_use_high_precision", kBoth, true),
});

static_assert(std::ranges::is_sorted(kRows, {}, &VariableRow::name));

}  // namespace

std::span<const VariableRow> variable_rows() { return kRows; }

const VariableRow* find_variable(std::string_view name) {
  const std::string wanted = lower_case(name);
  const auto* found =
      std::ranges::lower_bound(kRows, std::string_view(wanted), {}, &VariableRow::name);
  return found != kRows.end() && found->name == wanted ? &*found : nullptr;
}

std::size_t number_of(const VariableRow& row) {
  ASSERT(&row >= kRows.data() && &row < kRows.data() + kRows.size());
  return static_cast<std::size_t>(&row - kRows.data());
}

}  // namespace octavo::sql
