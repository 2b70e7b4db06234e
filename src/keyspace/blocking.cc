#include "keyspace/blocking.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "keyspace/arguments.h"
#include "keyspace/keyspace.h"
#include "keyspace/reply.h"
#include "keyspace/stream_value.h"

namespace octavo::keyspace {
namespace {

constexpr long double kMaxTimeoutMs = 9.2e18L;

}  // namespace

std::optional<std::int64_t> timeout_argument(std::string_view argument, Reply& reply) {
  const auto seconds = parse_long_double(argument);
  if (!seconds || std::isinf(*seconds)) {
    reply.error("ERR timeout is not a float or out of range");
    return std::nullopt;
  }
  const long double ms = *seconds * 1000;
  if (ms > kMaxTimeoutMs) {
    reply.error("ERR timeout is out of range");
    return std::nullopt;
  }
  if (ms < 0) {
    reply.error("ERR timeout is negative");
    return std::nullopt;
  }
  return static_cast<std::int64_t>(std::ceil(ms));
}

BlockingCall blocking_call(const CommandSpec& spec, Args args) {
  BlockingCall call;
  std::string errors;
  Reply ignored(errors);
  for (const std::size_t at : key_positions(spec, args)) call.keys.push_back(args[at]);
  std::string_view timeout = args.back();
  if (spec.key_rule == KeyRule::num_keys) {
    timeout = args[1];  // BLMPOP, BZMPOP
  } else if (spec.key_rule == KeyRule::streams) {
    const auto word = std::find_if(args.begin(), args.end(),
                                   [](std::string_view arg) { return is_word(arg, "block"); });
    const auto ms = word == args.end() ? std::nullopt : parse_int64(*(word + 1));
    call.timeout_ms = ms.value_or(0);
    return call;
  } else if (spec.name == "blmove" || spec.name == "brpoplpush") {
    call.keys.resize(1);  // only the source is waited for
  }
  call.timeout_ms = timeout_argument(timeout, ignored).value_or(0);
  return call;
}

std::vector<std::string> waiting_arguments(const Keyspace& keyspace, unsigned db,
                                           const CommandSpec& spec, Args args) {
  std::vector<std::string> out(args.begin(), args.end());
  if (spec.key_rule != KeyRule::streams) return out;
  const auto keys = key_positions(spec, args);
  for (const std::size_t at : keys) {
    std::string& id = out[at + keys.size()];
    if (id != "$") continue;
    const KeyEntry* entry = keyspace.database(db).find(args[at]);
    const bool stream = entry != nullptr && entry->value.kind() == Kind::stream;
    id = stream ? entry->value.as<StreamValue>().last_id().text() : StreamId::min().text();
  }
  return out;
}

}  // namespace octavo::keyspace
