#pragma once

// The RethinkDB protocol's row: docs/protocols/rethinkdb.md.

#include "protocol/common/protocol.h"

namespace octavo::rethinkdb {

inline constexpr protocol::SettingRow kQueryTimeout{
    .name = "query-timeout",
    .kind = protocol::SettingKind::duration,
    .fallback = "0",
    .help =
        "How long a ReQL query may take from its start, or the request of a further batch, to "
        "the reply; waiting for changes of a feed does not count. 0: no limit.",
    .no_number = "0",
    .minimum = 1'000'000};

// With the zero byte that ends it: drivers read up to there.
inline constexpr char kRefusal[] = "ERROR: Too many connections, and this one is over the limit.\n";

inline constexpr protocol::PortRow kPorts[] = {
    {.port = protocol::port_setting("rethinkdb-port", "28015", "Port of RethinkDB clients."),
     .tls = protocol::tls_setting("rethinkdb-tls"),
     .refusal = {kRefusal, sizeof(kRefusal)}}};

inline constexpr protocol::SettingRow kOwnSettings[] = {kQueryTimeout};

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings);

inline constexpr protocol::Protocol kProtocol{.name = "rethinkdb",
                                              .ports = kPorts,
                                              .settings = kOwnSettings,
                                              .on_all_threads = true,
                                              .make = &make_service};

}  // namespace octavo::rethinkdb
