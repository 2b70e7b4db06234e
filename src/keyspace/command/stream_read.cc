// XREAD and XREADGROUP.

#include <algorithm>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/command/stream_consumer.h"
#include "keyspace/context.h"
#include "keyspace/stream_arguments.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {
namespace {

struct ReadOptions {
  std::int64_t count = 0;  // 0: all
  bool blocks = false;
  bool no_ack = false;
  std::optional<std::string_view> group;
  std::string_view consumer;
  Args keys;
  Args ids;
};

std::optional<ReadOptions> parse(Args args, bool grouped, Reply& reply) {
  const std::string name = grouped ? "XREADGROUP" : "XREAD";
  ReadOptions options;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const std::size_t more = args.size() - i - 1;
    if (more >= 1 && is_word(args[i], "block")) {
      const auto ms =
          integer_argument(args[++i], reply, "ERR timeout is not an integer or out of range");
      if (!ms) return std::nullopt;
      if (*ms < 0) {
        reply.error("ERR timeout is negative");
        return std::nullopt;
      }
      options.blocks = true;
    } else if (more >= 1 && is_word(args[i], "count")) {
      const auto count = integer_argument(args[++i], reply);
      if (!count) return std::nullopt;
      options.count = std::max<std::int64_t>(*count, 0);
    } else if (more >= 1 && is_word(args[i], "streams")) {
      const Args rest = args.subspan(i + 1);
      if (rest.size() % 2 != 0) {
        const char symbol = grouped ? '>' : '$';
        reply.error("ERR Unbalanced " + name + " list of streams: for each stream key an ID or '" +
                    symbol + "' must be specified.");
        return std::nullopt;
      }
      options.keys = rest.first(rest.size() / 2);
      options.ids = rest.subspan(rest.size() / 2);
      break;
    } else if (more >= 2 && is_word(args[i], "group")) {
      if (!grouped) {
        reply.error(
            "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
        return std::nullopt;
      }
      options.group = args[i + 1];
      options.consumer = args[i + 2];
      i += 2;
    } else if (is_word(args[i], "noack")) {
      if (!grouped) {
        reply.error(
            "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
        return std::nullopt;
      }
      options.no_ack = true;
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  if (options.keys.empty()) {
    reply.syntax_error();
    return std::nullopt;
  }
  if (grouped && !options.group) {
    reply.error("ERR Missing GROUP option for XREADGROUP");
    return std::nullopt;
  }
  return options;
}

// One stream of the command.
struct Target {
  std::string_view key;
  StreamId after;         // entries behind this one
  bool new_only = false;  // ">": what the group was not given yet
  bool present = false;
};

std::optional<Target> target(CommandContext& context, const ReadOptions& options, std::size_t i,
                             Reply& reply) {
  Target out{options.keys[i], {}, false, false};
  const auto stream = context.read<StreamValue>(out.key, reply);
  if (!stream) return std::nullopt;
  out.present = *stream != nullptr;
  if (options.group && (!out.present || (*stream)->find_group(*options.group) == nullptr)) {
    reply.error("NOGROUP No such key '" + std::string(out.key) + "' or consumer group '" +
                std::string(*options.group) + "' in XREADGROUP with GROUP option");
    return std::nullopt;
  }
  const std::string_view id = options.ids[i];
  if (id == "$") {
    if (options.group) {
      reply.error(
          "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the "
          "history of this consumer by specifying a proper ID, or use the > ID to get new "
          "messages. The $ ID would just return an empty result set.");
      return std::nullopt;
    }
    out.after = out.present ? (*stream)->last_id() : StreamId::min();
    return out;
  }
  if (id == ">") {
    if (!options.group) {
      reply.error(
          "ERR The > ID can be specified only when calling XREADGROUP using the GROUP "
          "<group> <consumer> option.");
      return std::nullopt;
    }
    out.new_only = true;
    return out;
  }
  const auto given = stream_id_argument(id, reply);
  if (!given) return std::nullopt;
  out.after = *given;
  return out;
}

// Each stream that has something is one pair of the reply.
class PairsReply {
 public:
  explicit PairsReply(Reply& reply) : reply_(reply), mark_(reply.mark()) {}
  void begin(std::string_view key) {
    if (!reply_.resp3()) reply_.array_header(2);
    reply_.bulk(key);
    ++count_;
  }
  bool empty() const { return count_ == 0; }
  void finish() {
    reply_.resp3() ? reply_.insert_map_header(mark_, count_)
                   : reply_.insert_array_header(mark_, count_);
  }

 private:
  Reply& reply_;
  std::size_t mark_;
  std::size_t count_ = 0;
};

void finish(CommandContext& context, const ReadOptions& options, PairsReply& pairs, Reply& reply) {
  if (!pairs.empty()) return pairs.finish();
  if (options.blocks && context.may_block()) return context.block();
  reply.null_array();
}

void xread_command(CommandContext& context, Args args, Reply& reply) {
  const auto options = parse(args, false, reply);
  if (!options) return;
  std::vector<Target> targets;
  for (std::size_t i = 0; i < options->keys.size(); ++i) {
    const auto one = target(context, *options, i, reply);
    if (!one) return;
    targets.push_back(*one);
  }
  PairsReply pairs(reply);
  for (const Target& one : targets) {
    const KeyEntry* entry = context.peek_entry(one.key);
    StreamId start = one.after;
    if (entry == nullptr || !start.increment()) continue;
    const auto& stream = entry->value.as<StreamValue>();
    if (stream.size() == 0 || stream.last_entry_id() < start) continue;
    pairs.begin(one.key);
    const std::size_t mark = reply.mark();
    std::int64_t found = 0;
    stream.visit(start, StreamId::max(), false, [&](StreamId id, const auto& fields) {
      reply_entry(id, fields, reply);
      return ++found != options->count;
    });
    reply.insert_array_header(mark, static_cast<std::size_t>(found));
  }
  finish(context, *options, pairs, reply);
}

// --- groups ---

// What was delivered to the consumer and not acknowledged: delivered again now. Deleted entries
// have no fields.
void deliver_history(const StreamValue& stream, StreamValue::Consumer& consumer, StreamId after,
                     std::int64_t count, std::int64_t now_ms, Reply& reply) {
  const std::size_t mark = reply.mark();
  std::int64_t found = 0;
  for (auto at = consumer.pending.upper_bound(after); at != consumer.pending.end(); ++at) {
    const auto fields = stream.get(at->first);
    if (fields) {
      reply_entry(at->first, *fields, reply);
      at->second->delivered_ms = now_ms;
      ++at->second->deliveries;
    } else {
      reply.array_header(2);
      reply.bulk(at->first.text());
      reply.null_array();
    }
    if (++found == count) break;
  }
  reply.insert_array_header(mark, static_cast<std::size_t>(found));
}

void note_read(StreamValue& stream, StreamValue::Group& group, StreamId id) {
  if (group.entries_read != StreamValue::kUnknownCount &&
      !stream.has_tombstone_in(id, StreamId::max())) {
    ++group.entries_read;
  } else if (stream.entries_added() > 0) {
    group.entries_read = stream.entries_read_at(id);
  }
  group.last_id = id;
}

void deliver_new(CommandContext& context, const ReadOptions& options, StreamValue& stream,
                 StreamValue::Group& group, StreamValue::Consumer& consumer, Reply& reply) {
  StreamId start = group.last_id;
  start.increment();
  std::vector<StreamId> ids;
  const std::size_t mark = reply.mark();
  stream.visit(start, StreamId::max(), false, [&](StreamId id, const auto& fields) {
    reply_entry(id, fields, reply);
    ids.push_back(id);
    return static_cast<std::int64_t>(ids.size()) != options.count;
  });
  reply.insert_array_header(mark, ids.size());
  for (const StreamId id : ids) {
    note_read(stream, group, id);
    if (!options.no_ack) group.deliver(id, consumer, context.now_ms(), 1);
  }
}

void xreadgroup_command(CommandContext& context, Args args, Reply& reply) {
  const auto options = parse(args, true, reply);
  if (!options) return;
  std::vector<Target> targets;
  for (std::size_t i = 0; i < options->keys.size(); ++i) {
    context.write_entry(options->keys[i]);  // removes an expired one
    const auto one = target(context, *options, i, reply);
    if (!one) return;
    targets.push_back(*one);
  }
  PairsReply pairs(reply);
  for (const Target& one : targets) {
    KeyEntry& entry = *context.write_entry(one.key);
    const auto& before = entry.value.as<StreamValue>();
    const StreamId given = before.find_group(*options->group)->last_id;
    // The last id may be that of a deleted entry.
    if (one.new_only && (before.size() == 0 || before.last_entry_id() <= given)) continue;
    // Not committed, as Redis does not: reading spoils no transaction that watches the key.
    auto& stream = context.prepare<StreamValue>(entry);
    StreamValue::Group& group = *stream.find_group(*options->group);
    StreamValue::Consumer& consumer = consumer_of(context, group, one.key, options->consumer);
    if (!one.new_only) {
      pairs.begin(one.key);
      deliver_history(stream, consumer, one.after, options->count, context.now_ms(), reply);
      continue;
    }
    pairs.begin(one.key);
    deliver_new(context, *options, stream, group, consumer, reply);
  }
  finish(context, *options, pairs, reply);
}

constexpr CommandSpec kRows[] = {
    {"xread", -4, kReadonly | kBlocking | kMovableKeys, 0, 0, 0, xread_command, "stream", "5.0.0",
     "Return never seen elements in multiple streams, with IDs greater than the ones reported "
     "by the caller for each stream. Can block.",
     KeyRule::streams},
    {"xreadgroup", -7, kWrite | kBlocking | kMovableKeys, 0, 0, 0, xreadgroup_command, "stream",
     "5.0.0",
     "Return new entries from a stream using a consumer group, or access the history of the "
     "pending entries for a given consumer. Can block.",
     KeyRule::streams},
};

}  // namespace

std::span<const CommandSpec> stream_read_commands() { return kRows; }

}  // namespace octavo::keyspace
