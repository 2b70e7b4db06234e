#pragma once

// The first packets of both sides. No I/O.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "protocol/mysql/capabilities.h"

namespace octavo::mysql {

constexpr std::size_t kScrambleBytes = 20;
constexpr std::uint8_t kDefaultCollation = 255;  // utf8mb4_0900_ai_ci

// Above 8.0.31, where clients begin to use what 8.0 has.
inline constexpr std::string_view kServerVersion = "8.0.44-octavo";

struct Greeting {
  std::uint32_t thread_id;
  BytesView scramble;
  Capabilities capabilities;
  std::uint16_t status;
  std::string_view plugin;
};

void put_greeting(Bytes& out, const Greeting& greeting);

using Attributes = std::vector<std::pair<std::string, std::string>>;

struct ClientResponse {
  Capabilities capabilities = 0;  // those in force
  std::uint32_t max_packet = 0;
  std::uint16_t collation = 0;
  bool wants_tls = false;  // then there is nothing else
  std::string user;
  Bytes answer;
  std::string database;
  std::string plugin;  // empty: the client knows of none
  Attributes attributes;
  int compression_level = 0;  // of zstd; 0: not said
};

// Nullopt: it is malformed, or older than 4.1.
std::optional<ClientResponse> parse_response(BytesView payload, Capabilities offered);

// COM_CHANGE_USER, without the byte that names the command. What it does not say is as it was.
std::optional<ClientResponse> parse_change_user(BytesView payload, const ClientResponse& before);

// Fresh, of bytes that no client takes for an end or for something else.
Bytes make_scramble();

}  // namespace octavo::mysql
