#pragma once

// Which connections CLIENT LIST and CLIENT KILL mean.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keyspace/command.h"
#include "keyspace/reply.h"
#include "protocol/common/connection_table.h"

namespace octavo::redis {

struct ClientFilter {
  std::vector<std::uint64_t> ids;  // none: any
  std::string_view address;
  std::string_view local_address;
  std::string_view user;
  std::string_view type;  // "normal", "pubsub", …
  bool skip_me = true;

  bool fits(const protocol::ConnectionInfo& info) const;
};

// `<option> <value>` pairs; nullopt: the error is written.
std::optional<ClientFilter> parse_client_filter(keyspace::Args options, keyspace::Reply& reply);
bool is_client_type(std::string_view name);
// A name as CLIENT LIST can show it.
bool is_client_name(std::string_view name);
constexpr std::string_view kBadClientName =
    "ERR Client names cannot contain spaces, newlines or special characters.";
std::optional<std::uint64_t> parse_client_id(std::string_view text);
// The line of CLIENT LIST, without its end.
std::string describe_client(const protocol::ConnectionInfo& info);

}  // namespace octavo::redis
