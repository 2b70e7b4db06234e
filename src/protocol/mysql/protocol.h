#pragma once

// What the MySQL protocol's row is made of: docs/protocols/mysql.md. The row itself is where the
// language comes to it, in server/protocols.cc.

#include "protocol/common/protocol.h"
#include "protocol/mysql/statements.h"

namespace octavo::mysql {

inline constexpr protocol::SettingRow kMaxPacket{
    .name = "mysql-max-packet",
    .kind = protocol::SettingKind::bytes,
    .fallback = "64MiB",
    .help = "The longest request of a MySQL client: max_allowed_packet.",
    .minimum = 1 << 10,
    .maximum = 1 << 30};

inline constexpr protocol::SettingRow kLocalInfile{
    .name = "mysql-local-infile",
    .kind = protocol::SettingKind::choice,
    .fallback = "off",
    .help = "Whether MySQL clients may send files for LOAD DATA LOCAL: local_infile.",
    .choices = "on|off"};

// In place of the greeting: error 1040, which has no SQLSTATE there.
inline constexpr char kRefusal[] = "\x17\x00\x00\x00\xff\x10\x04Too many connections";

inline constexpr protocol::PortRow kPorts[] = {
    {.port = protocol::port_setting("mysql-port", "3306", "Port of MySQL clients."),
     .tls = protocol::tls_in_dialogue_setting("mysql-tls"),
     .tls_start = protocol::TlsStart::in_dialogue,
     .refusal = {kRefusal, sizeof(kRefusal) - 1}}};

inline constexpr protocol::SettingRow kOwnSettings[] = {kMaxPacket, kLocalInfile};

std::unique_ptr<protocol::Service> make_service(const protocol::ServiceContext& context,
                                                const protocol::Settings& settings,
                                                MakeLanguage language);

}  // namespace octavo::mysql
