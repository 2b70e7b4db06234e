#include "protocol/redis/state/client_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "keyspace/arguments.h"

namespace octavo::redis {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::string_view kTypes[] = {"normal", "master", "slave", "replica", "pubsub"};

}  // namespace

bool is_client_type(std::string_view name) {
  return std::ranges::any_of(kTypes,
                             [&](std::string_view type) { return keyspace::is_word(name, type); });
}

bool is_client_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<std::uint64_t> parse_client_id(std::string_view text) {
  const auto id = parse_number<std::uint64_t>(text);
  return id == 0 ? std::nullopt : id;
}

bool ClientFilter::fits(const protocol::ConnectionInfo& info) const {
  const auto id = static_cast<std::uint64_t>(info.id);
  if (!ids.empty() && std::ranges::find(ids, id) == ids.end()) return false;
  if (!address.empty() && io::format_address(info.peer) != address) return false;
  if (!local_address.empty() && io::format_address(info.local) != local_address) return false;
  if (!user.empty() && info.attribute("user") != user) return false;
  if (type.empty()) return true;
  const std::string flags = info.attribute("flags");
  if (flags.find('S') != std::string::npos) {
    return keyspace::is_word(type, "slave") || keyspace::is_word(type, "replica");
  }
  const bool subscriber = flags.find('P') != std::string::npos;
  return keyspace::is_word(type, subscriber ? "pubsub" : "normal");
}

std::optional<ClientFilter> parse_client_filter(keyspace::Args options, keyspace::Reply& reply) {
  ClientFilter filter;
  if (options.size() % 2 != 0) {
    reply.syntax_error();
    return std::nullopt;
  }
  for (std::size_t i = 0; i < options.size(); i += 2) {
    const std::string_view value = options[i + 1];
    if (keyspace::is_word(options[i], "id")) {
      const auto id = parse_client_id(value);
      if (!id) {
        reply.error("ERR client-id should be greater than 0");
        return std::nullopt;
      }
      filter.ids.push_back(*id);
    } else if (keyspace::is_word(options[i], "addr")) {
      filter.address = value;
    } else if (keyspace::is_word(options[i], "laddr")) {
      filter.local_address = value;
    } else if (keyspace::is_word(options[i], "user")) {
      filter.user = value;
    } else if (keyspace::is_word(options[i], "type")) {
      if (!is_client_type(value)) {
        reply.error(fmt::format("ERR Unknown client type '{}'", value));
        return std::nullopt;
      }
      filter.type = value;
    } else if (keyspace::is_word(options[i], "skipme") &&
               (keyspace::is_word(value, "yes") || keyspace::is_word(value, "no"))) {
      filter.skip_me = keyspace::is_word(value, "yes");
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return filter;
}

std::string describe_client(const protocol::ConnectionInfo& info) {
  const std::int64_t now_wall = system_clock().wall_ns();
  const std::int64_t now = system_clock().monotonic_ns();
  const auto attribute = [&](std::string_view key, std::string_view fallback) {
    std::string value = info.attribute(key);
    return value.empty() ? std::string(fallback) : value;
  };
  const auto last_input = static_cast<std::int64_t>(info.last_input_monotonic_ns.get());
  return fmt::format(
      "id={} addr={} laddr={} fd=-1 name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} "
      "multi={} qbuf={} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem={} "
      "tot-mem={} events=r cmd={} user={} redir={} resp={} lib-name={} lib-ver={}",
      static_cast<std::uint64_t>(info.id), io::format_address(info.peer),
      io::format_address(info.local), attribute("name", ""),
      (now_wall - info.started_wall_ns) / kSecondNs,
      last_input == 0 ? 0 : (now - last_input) / kSecondNs, attribute("flags", "N"),
      attribute("db", "0"), attribute("sub", "0"), attribute("psub", "0"), attribute("ssub", "0"),
      attribute("multi", "-1"), info.input_buffered.get(), info.output_buffered.get(),
      info.input_buffered.get() + info.output_buffered.get(), info.last_command(),
      attribute("user", "default"), attribute("redir", "-1"), attribute("resp", "2"),
      attribute("lib-name", ""), attribute("lib-ver", ""));
}

}  // namespace octavo::redis
