#pragma once

// All settings of a run: the rows, and what the flags, the environment and the configuration file
// said about them, in this order of precedence.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/setting.h"

namespace octavo::server {

// Texts that one source gave for a setting, and how to name that source in an error message:
// "--redis-port", "OCTAVO_REDIS_PORT", "octavo.toml: redis-port".
struct RawSetting {
  std::vector<std::string> texts;
  std::string origin;
};
using RawSettings = std::map<std::string, RawSetting, std::less<>>;

class Settings {
 public:
  // Takes each row from the first of `sources` that has it, else its fallback.
  static Result<Settings> resolve(std::span<const SettingRow> rows,
                                  std::span<const RawSettings> sources);

  const std::string& text(const SettingRow& row) const;
  std::optional<std::uint64_t> number(const SettingRow& row) const;
  const std::vector<std::string>& list(const SettingRow& row) const;

 private:
  std::map<std::string, SettingValue, std::less<>> values_;
};

// Variables of `environment` (`NAME=value` strings, null at the end) that name a row; in `unknown`
// those that begin with OCTAVO_ and name none.
RawSettings read_environment(std::span<const SettingRow> rows, const char* const* environment,
                             std::vector<std::string>& unknown);

// A TOML file of `name = value` lines; a name that is no row is an error.
Result<RawSettings> read_config_file(std::span<const SettingRow> rows, const std::string& path);
Result<RawSettings> parse_config(std::span<const SettingRow> rows, std::string_view text,
                                 const std::string& path);

// The rows that belong to no protocol. Those of the protocols are in server/protocols.h.
inline constexpr SettingRow kData{.name = "data",
                                  .kind = SettingKind::path,
                                  .fallback = "",
                                  .help = "Data directory; created if it is missing. Required."};
inline constexpr SettingRow kConfig{.name = "config",
                                    .kind = SettingKind::path,
                                    .fallback = "",
                                    .help = "Configuration file (TOML) with further settings."};
inline constexpr SettingRow kBind{
    .name = "bind",
    .kind = SettingKind::addresses,
    .fallback = "127.0.0.1",
    .help =
        "Addresses to listen on, for every protocol; may be given more than once. Anything but "
        "loopback needs an administrator with a password."};
inline constexpr SettingRow kMemory{
    .name = "memory",
    .kind = SettingKind::bytes,
    .fallback = "auto",
    .help =
        "Memory that the process may use. Redis keys get at most five eighths; caches and write "
        "buffers of tables what the keys leave, between a sixteenth and a half; all queries a "
        "quarter, and one query an eighth; feeds an eighth; requests and replies of all "
        "connections a quarter. Work beyond these shares is refused, and connections that have "
        "held most for longest are closed. Code, stacks and the memory-mapped log come on top. "
        "auto: half of the machine's memory.",
    .no_number = "auto",
    .minimum = 64ULL << 20};
inline constexpr SettingRow kThreads{.name = "threads",
                                     .kind = SettingKind::count,
                                     .fallback = "0",
                                     .help =
                                         "I/O threads, and as many workers. 0: a worker per "
                                         "core, and an I/O thread for each core but one.",
                                     .maximum = 256};
inline constexpr SettingRow kLogLevel{
    .name = "log-level",
    .kind = SettingKind::choice,
    .fallback = "info",
    .help = "The least severe log lines that go to standard error.",
    .choices = "debug|info|warning|error|off"};
inline constexpr SettingRow kTlsCert{
    .name = "tls-cert",
    .kind = SettingKind::path,
    .fallback = "",
    .help = "Certificate chain (PEM). With tls-key, every protocol uses TLS."};
inline constexpr SettingRow kTlsKey{.name = "tls-key",
                                    .kind = SettingKind::path,
                                    .fallback = "",
                                    .help = "Private key (PEM) of tls-cert."};
inline constexpr SettingRow kInitialPassword{
    .name = "initial-password",
    .kind = SettingKind::text,
    .fallback = "",
    .help =
        "Password for the user admin, set at start while there is none. Better given by the "
        "environment or the file than by the flag, which other users of the machine can see."};
inline constexpr SettingRow kMaxConnections{
    .name = "max-connections",
    .kind = SettingKind::count,
    .fallback = "16000",
    .help = "Connections that each protocol accepts at a time.",
    .minimum = 1,
    .maximum = 1'000'000};
inline constexpr SettingRow kHandshakeTimeout{
    .name = "handshake-timeout",
    .kind = SettingKind::duration,
    .fallback = "10s",
    .help =
        "How long a client may take for the TLS handshake, and again to log in, before its "
        "connection is closed; for every protocol.",
    .minimum = 100'000'000,
    .maximum = 3'600'000'000'000};
inline constexpr SettingRow kLogRetentionBytes{
    .name = "log-retention-bytes",
    .kind = SettingKind::bytes,
    .fallback = "1GiB",
    .help =
        "How much of the log to keep, so that feeds can resume. What the next start needs is "
        "always kept.",
    .minimum = 1ULL << 20};
inline constexpr SettingRow kLogRetentionAge{.name = "log-retention-age",
                                             .kind = SettingKind::duration,
                                             .fallback = "7d",
                                             .help = "How long to keep a part of the log.",
                                             .no_number = "forever",
                                             .minimum = 1'000'000'000};

inline constexpr SettingRow kCoreRows[] = {
    kData,
    kConfig,
    kBind,
    kInitialPassword,
    kMemory,
    kThreads,
    kTlsCert,
    kTlsKey,
    kMaxConnections,
    kHandshakeTimeout,
    kLogRetentionBytes,
    kLogRetentionAge,
    kLogLevel,
};

}  // namespace octavo::server
