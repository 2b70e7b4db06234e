#include "keyspace/blocking.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "keyspace/arguments.h"
#include "keyspace/keyspace.h"
#include "keyspace/reply.h"
#include "keyspace/stream_arguments.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {
namespace {

// Redis's own arithmetic overflows above, hence the words of its error.
constexpr long double kMaxTimeoutMs = 9223372036854775807.0L;

Kind waited_kind(const CommandSpec& spec) {
  if (spec.group == "stream") return Kind::stream;
  return spec.group == "list" ? Kind::list : Kind::zset;
}

}  // namespace

std::optional<std::int64_t> timeout_argument(std::string_view argument, Reply& reply) {
  const auto seconds = parse_long_double(argument);
  if (!seconds) {
    reply.error("ERR timeout is not a float or out of range");
    return std::nullopt;
  }
  const long double ms = *seconds * 1000;
  if (ms < 0 || ms > kMaxTimeoutMs) {
    reply.error("ERR timeout is negative");
    return std::nullopt;
  }
  return static_cast<std::int64_t>(std::ceil(ms));
}

WaitState wait_state(const Keyspace& keyspace, const WaitedKey& waited, std::int64_t now_ms) {
  const KeyEntry* entry = keyspace.database(waited.db).find(waited.key);
  const bool present =
      entry != nullptr && !entry->expired_at(now_ms) && entry->value.kind() == waited.kind;
  if (!present) return waited.group ? WaitState::key_gone : WaitState::nothing;
  if (waited.kind != Kind::stream) return WaitState::ready;  // no empty list or set has a key
  const auto& stream = entry->value.as<StreamValue>();
  StreamId after = waited.after;
  if (waited.group) {
    const auto* group = stream.find_group(*waited.group);
    if (group == nullptr) return WaitState::group_gone;
    after = group->last_id;
  }
  const bool more = stream.size() > 0 && stream.last_entry_id() > after;
  return more ? WaitState::ready : WaitState::nothing;
}

BlockingCall blocking_call(const CommandSpec& spec, unsigned db, Args args) {
  BlockingCall call;
  const Kind kind = waited_kind(spec);
  const auto positions = key_positions(spec, args);
  for (const std::size_t at : positions) {
    call.keys.push_back({db, std::string(args[at]), kind, {}, std::nullopt});
  }
  if (spec.key_rule == KeyRule::streams) {
    const auto ms = parse_int64(args[stream_option(args, "block") + 1]);
    call.timeout_ms = ms.value_or(0);
    call.takes = spec.is_write();
    for (std::size_t i = 0; i < positions.size(); ++i) {
      if (call.takes) {
        call.keys[i].group = args[stream_option(args, "group") + 1];
      } else {
        call.keys[i].after =
            parse_stream_id(args[positions[i] + positions.size()], 0).value_or(StreamId::max());
      }
    }
    return call;
  }
  if (spec.has(kMovesElement)) call.keys.resize(1);  // only the source is waited for
  std::string errors;
  Reply ignored(errors);
  const bool counted = spec.key_rule == KeyRule::num_keys;  // BLMPOP, BZMPOP
  call.timeout_ms = timeout_argument(counted ? args[1] : args.back(), ignored).value_or(0);
  return call;
}

std::vector<std::string> arguments_for_key(const CommandSpec& spec, Args args,
                                           std::string_view key) {
  if (spec.has(kMovesElement)) return {args.begin(), args.end()};
  const auto positions = key_positions(spec, args);
  const std::size_t first = positions.front();
  std::vector<std::string> out(args.begin(), args.begin() + static_cast<std::ptrdiff_t>(first));
  if (spec.key_rule == KeyRule::num_keys) out.back() = "1";
  out.emplace_back(key);
  if (spec.key_rule == KeyRule::streams) {
    const auto at = *std::ranges::find(positions, key, [&](std::size_t i) { return args[i]; });
    out.emplace_back(args[at + positions.size()]);
  } else {
    out.insert(out.end(), args.begin() + static_cast<std::ptrdiff_t>(positions.back()) + 1,
               args.end());
  }
  return out;
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
