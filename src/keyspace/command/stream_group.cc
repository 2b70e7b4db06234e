// Consumer groups: XGROUP, XACK, XPENDING, XCLAIM, XAUTOCLAIM.
//
// As in Redis, changes of groups alone are not committed: they end no transaction that watches the
// stream.

#include <algorithm>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/command/stream_consumer.h"
#include "keyspace/context.h"
#include "keyspace/stream_arguments.h"
#include "keyspace/subcommand.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {
namespace {

void no_group(Reply& reply, std::string_view key, std::string_view group) {
  reply.error("NOGROUP No such key '" + std::string(key) + "' or consumer group '" +
              std::string(group) + "'");
}

// --- XGROUP ---

struct GroupOptions {
  bool make_stream = false;
  std::int64_t entries_read = StreamValue::kUnknownCount;
};

// Options from args[5] on: [MKSTREAM] [ENTRIESREAD n]
std::optional<GroupOptions> group_options(Args args, bool may_make, Reply& reply) {
  GroupOptions options;
  for (std::size_t i = 5; i < args.size(); ++i) {
    if (may_make && is_word(args[i], "mkstream")) {
      options.make_stream = true;
    } else if (i + 1 < args.size() && is_word(args[i], "entriesread")) {
      const auto read = integer_argument(args[++i], reply);
      if (!read) return std::nullopt;
      if (*read < 0 && *read != StreamValue::kUnknownCount) {
        reply.error("ERR value for ENTRIESREAD must be positive or -1");
        return std::nullopt;
      }
      options.entries_read = *read;
    } else {
      reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                  std::string(args[1]) + "'. Try XGROUP HELP.");
      return std::nullopt;
    }
  }
  return options;
}

// "$" is the end of the stream; a group that is there may also be set to "-" and "+".
std::optional<StreamId> group_position(std::string_view text, const StreamValue* stream,
                                       bool may_be_open, Reply& reply) {
  if (may_be_open && text == "-") return StreamId::min();
  if (may_be_open && text == "+") return StreamId::max();
  if (text == "$") return stream == nullptr ? StreamId::min() : stream->last_id();
  return stream_id_argument(text, reply);
}

constexpr std::string_view kGroupNeedsKey =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use "
    "the MKSTREAM option to create an empty stream automatically.";

// The stream of args[2]; null: the reply says why there is none.
KeyEntry* stream_of(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<StreamValue>(args[2], reply);
  if (!found) return nullptr;
  if (*found == nullptr) reply.error(kGroupNeedsKey);
  return *found;
}

// That of the group args[3].
KeyEntry* stream_of_group(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = stream_of(context, args, reply);
  if (entry == nullptr || entry->value.as<StreamValue>().find_group(args[3]) != nullptr) {
    return entry;
  }
  reply.error("NOGROUP No such consumer group '" + std::string(args[3]) + "' for key name '" +
              std::string(args[2]) + "'");
  return nullptr;
}

void create_group(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<StreamValue>(args[2], reply);
  if (!found) return;
  KeyEntry* entry = *found;
  const auto options = group_options(args, true, reply);
  if (!options) return;
  if (entry == nullptr && !options->make_stream) return reply.error(kGroupNeedsKey);
  const StreamValue* before = entry == nullptr ? nullptr : &entry->value.as<StreamValue>();
  const auto position = group_position(args[4], before, false, reply);
  if (!position) return;
  if (before != nullptr && before->find_group(args[3]) != nullptr) {
    return reply.error("BUSYGROUP Consumer Group name already exists");
  }
  if (entry == nullptr) entry = &context.create<StreamValue>(args[2]);
  StreamValue::Group& group = context.prepare<StreamValue>(*entry).groups()[std::string(args[3])];
  group.last_id = *position;
  group.entries_read = options->entries_read;
  context.notify(EventClass::stream, "xgroup-create", args[2]);
  reply.ok();
}

void set_group_id(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = stream_of_group(context, args, reply);
  if (entry == nullptr) return;
  const auto options = group_options(args, false, reply);
  if (!options) return;
  const auto position = group_position(args[4], &entry->value.as<StreamValue>(), true, reply);
  if (!position) return;
  StreamValue::Group& group = *context.prepare<StreamValue>(*entry).find_group(args[3]);
  group.last_id = *position;
  group.entries_read = options->entries_read;
  context.notify(EventClass::stream, "xgroup-setid", args[2]);
  reply.ok();
}

void destroy_group(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = stream_of(context, args, reply);
  if (entry == nullptr) return;
  if (entry->value.as<StreamValue>().find_group(args[3]) == nullptr) return reply.integer(0);
  auto& groups = context.prepare<StreamValue>(*entry).groups();
  groups.erase(groups.find(args[3]));
  context.notify(EventClass::stream, "xgroup-destroy", args[2]);
  context.signal_ready(args[2]);  // who waits for the group must hear that it is gone
  reply.integer(1);
}

void create_consumer(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = stream_of_group(context, args, reply);
  if (entry == nullptr) return;
  if (entry->value.as<StreamValue>().find_group(args[3])->consumers.contains(args[4])) {
    return reply.integer(0);
  }
  StreamValue::Group& group = *context.prepare<StreamValue>(*entry).find_group(args[3]);
  StreamValue::Consumer& consumer = group.consumers[std::string(args[4])];
  consumer.name = args[4];
  consumer.seen_ms = context.now_ms();
  context.notify(EventClass::stream, "xgroup-createconsumer", args[2]);
  reply.integer(1);
}

void delete_consumer(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = stream_of_group(context, args, reply);
  if (entry == nullptr) return;
  auto& stream = context.prepare<StreamValue>(*entry);
  StreamValue::Group& group = *stream.find_group(args[3]);
  const StreamValue::Consumer* consumer = group.find_consumer(args[4]);
  if (consumer == nullptr) return reply.integer(0);
  const auto pending = static_cast<std::int64_t>(consumer->pending.size());
  group.erase_consumer(args[4]);
  context.notify(EventClass::stream, "xgroup-delconsumer", args[2]);
  reply.integer(pending);
}

constexpr Subcommand kGroupSubcommands[] = {
    {.name = "create",
     .arity = -5,
     .run = create_group,
     .arguments = "<key> <groupname> <id|$> [option]",
     .summary = "Creates a consumer group.",
     .help = "Create a new consumer group. Options are:\n"
             "* MKSTREAM\n"
             "  Create the empty stream if it does not exist.\n"
             "* ENTRIESREAD entries_read\n"
             "  Set the group's entries_read counter (internal use)."},
    {.name = "createconsumer",
     .arity = 5,
     .run = create_consumer,
     .arguments = "<key> <groupname> <consumer>",
     .summary = "Creates a consumer in a group.",
     .help = "Create a new consumer in the specified group."},
    {.name = "delconsumer",
     .arity = 5,
     .run = delete_consumer,
     .arguments = "<key> <groupname> <consumer>",
     .summary = "Removes a consumer from a group.",
     .help = "Remove the specified consumer."},
    {.name = "destroy",
     .arity = 4,
     .run = destroy_group,
     .arguments = "<key> <groupname>",
     .summary = "Removes a consumer group.",
     .help = "Remove the specified group."},
    {.name = "setid",
     .arity = -5,
     .run = set_group_id,
     .arguments = "<key> <groupname> <id|$> [ENTRIESREAD entries_read]",
     .summary = "Sets the last entry that a group has received.",
     .help = "Set the current group ID and entries_read counter."},
};

// --- XACK, XPENDING ---

void xack_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<StreamValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr || (*found)->value.as<StreamValue>().find_group(args[2]) == nullptr) {
    return reply.integer(0);
  }
  std::vector<StreamId> ids;
  for (const std::string_view text : args.subspan(3)) {
    const auto id = stream_id_argument(text, reply);
    if (!id) return;
    ids.push_back(*id);
  }
  StreamValue::Group& group = *context.prepare<StreamValue>(**found).find_group(args[2]);
  std::int64_t acknowledged = 0;
  for (const StreamId id : ids) {
    const auto entry = group.pending.find(id);
    if (entry == group.pending.end()) continue;
    group.acknowledge(entry);
    ++acknowledged;
  }
  if (acknowledged > 0) ++context.keyspace().stats().changes;
  reply.integer(acknowledged);
}

void reply_pending_summary(const StreamValue::Group& group, Reply& reply) {
  reply.array_header(4);
  reply.integer(static_cast<std::int64_t>(group.pending.size()));
  if (group.pending.empty()) {
    reply.null();
    reply.null();
    return reply.null_array();
  }
  reply.bulk(group.pending.begin()->first.text());
  reply.bulk(group.pending.rbegin()->first.text());
  const std::size_t mark = reply.mark();
  std::size_t consumers = 0;
  for (const auto& [name, consumer] : group.consumers) {
    if (consumer.pending.empty()) continue;
    reply.array_header(2);
    reply.bulk(name);
    reply.bulk_integer(static_cast<std::int64_t>(consumer.pending.size()));
    ++consumers;
  }
  reply.insert_array_header(mark, consumers);
}

struct PendingQuery {
  std::int64_t min_idle_ms = 0;
  StreamId start;
  StreamId end;
  std::int64_t count = 0;
  std::optional<std::string_view> consumer;
};

// XPENDING key group [[IDLE ms] start end count [consumer]]
std::optional<PendingQuery> pending_query(Args args, Reply& reply) {
  if (args.size() < 6 || args.size() > 9) {
    reply.syntax_error();
    return std::nullopt;
  }
  PendingQuery query;
  std::size_t at = 3;
  if (is_word(args[3], "idle")) {
    const auto idle = integer_argument(args[4], reply);
    if (!idle) return std::nullopt;
    if (args.size() < 8) {
      reply.syntax_error();
      return std::nullopt;
    }
    query.min_idle_ms = *idle;
    at = 5;
  }
  const auto count = integer_argument(args[at + 2], reply);
  if (!count) return std::nullopt;
  query.count = std::max<std::int64_t>(*count, 0);
  const auto start = interval_start(args[at], reply);
  if (!start) return std::nullopt;
  const auto end = interval_end(args[at + 1], reply);
  if (!end) return std::nullopt;
  query.start = *start;
  query.end = *end;
  if (args.size() > at + 3) query.consumer = args[at + 3];
  return query;
}

void xpending_command(CommandContext& context, Args args, Reply& reply) {
  std::optional<PendingQuery> query;
  if (args.size() > 3 && !(query = pending_query(args, reply))) return;
  const auto stream = context.read<StreamValue>(args[1], reply);
  if (!stream) return;
  const StreamValue::Group* group = *stream == nullptr ? nullptr : (*stream)->find_group(args[2]);
  if (group == nullptr) return no_group(reply, args[1], args[2]);
  if (!query) return reply_pending_summary(*group, reply);
  if (query->consumer && !group->consumers.contains(*query->consumer)) {
    return reply.empty_array();
  }
  const std::size_t mark = reply.mark();
  std::int64_t found = 0;
  for (auto at = group->pending.lower_bound(query->start);
       at != group->pending.end() && at->first <= query->end && found < query->count; ++at) {
    const StreamValue::Pending& entry = at->second;
    const std::int64_t idle = std::max<std::int64_t>(context.now_ms() - entry.delivered_ms, 0);
    if (idle < query->min_idle_ms) continue;
    if (query->consumer && entry.consumer->name != *query->consumer) continue;
    reply.array_header(4);
    reply.bulk(at->first.text());
    reply.bulk(entry.consumer->name);
    reply.integer(idle);
    reply.integer(static_cast<std::int64_t>(entry.deliveries));
    ++found;
  }
  reply.insert_array_header(mark, static_cast<std::size_t>(found));
}

// --- XCLAIM, XAUTOCLAIM ---

struct ClaimOptions {
  std::vector<StreamId> ids;
  std::int64_t min_idle_ms = 0;
  std::int64_t delivered_ms = 0;
  std::optional<std::int64_t> retry_count;
  bool force = false;
  bool just_id = false;
  StreamId last_id;
};

std::optional<ClaimOptions> claim_options(CommandContext& context, Args args, Reply& reply) {
  ClaimOptions options;
  const auto idle =
      integer_argument(args[4], reply, "ERR Invalid min-idle-time argument for XCLAIM");
  if (!idle) return std::nullopt;
  options.min_idle_ms = std::max<std::int64_t>(*idle, 0);
  options.delivered_ms = context.now_ms();
  std::size_t i = 5;
  for (; i < args.size(); ++i) {
    const auto id = parse_stream_id(args[i], 0);
    if (!id) break;
    options.ids.push_back(*id);
  }
  for (; i < args.size(); ++i) {
    const bool more = i + 1 < args.size();
    if (is_word(args[i], "force")) {
      options.force = true;
    } else if (is_word(args[i], "justid")) {
      options.just_id = true;
    } else if (more && is_word(args[i], "idle")) {
      const auto value =
          integer_argument(args[++i], reply, "ERR Invalid IDLE option argument for XCLAIM");
      if (!value) return std::nullopt;
      options.delivered_ms = context.now_ms() - *value;
    } else if (more && is_word(args[i], "time")) {
      const auto value =
          integer_argument(args[++i], reply, "ERR Invalid TIME option argument for XCLAIM");
      if (!value) return std::nullopt;
      options.delivered_ms = *value;
    } else if (more && is_word(args[i], "retrycount")) {
      options.retry_count =
          integer_argument(args[++i], reply, "ERR Invalid RETRYCOUNT option argument for XCLAIM");
      if (!options.retry_count) return std::nullopt;
    } else if (more && is_word(args[i], "lastid")) {
      const auto id = stream_id_argument(args[++i], reply);
      if (!id) return std::nullopt;
      options.last_id = *id;
    } else {
      reply.error("ERR Unrecognized XCLAIM option '" + std::string(args[i]) + "'");
      return std::nullopt;
    }
  }
  if (options.delivered_ms < 0 || options.delivered_ms > context.now_ms()) {
    options.delivered_ms = context.now_ms();
  }
  return options;
}

void reply_claimed(const StreamValue& stream, StreamId id, bool just_id, Reply& reply) {
  if (just_id) return reply.bulk(id.text());
  reply_entry(id, *stream.get(id), reply);
}

// Claims one id; true when it was claimed (and replied).
bool claim_one(CommandContext& context, Args args, const ClaimOptions& options, StreamValue& stream,
               StreamValue::Group& group, StreamId id, Reply& reply) {
  auto at = group.pending.find(id);
  if (!stream.contains(id)) {
    // Deleted meanwhile: nobody can process it any more.
    if (at != group.pending.end()) group.acknowledge(at);
    return false;
  }
  std::uint64_t deliveries = 1;
  if (at != group.pending.end()) {
    if (context.now_ms() - at->second.delivered_ms < options.min_idle_ms) return false;
    deliveries = at->second.deliveries;
  } else if (!options.force) {
    return false;
  }
  if (options.retry_count) {
    deliveries = static_cast<std::uint64_t>(*options.retry_count);
  } else if (!options.just_id) {
    ++deliveries;
  }
  StreamValue::Consumer& consumer = consumer_of(context, group, args[1], args[3]);
  group.deliver(id, consumer, options.delivered_ms, deliveries);
  reply_claimed(stream, id, options.just_id, reply);
  return true;
}

void xclaim_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<StreamValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr || (*found)->value.as<StreamValue>().find_group(args[2]) == nullptr) {
    return no_group(reply, args[1], args[2]);
  }
  const auto options = claim_options(context, args, reply);
  if (!options) return;
  auto& stream = context.prepare<StreamValue>(**found);
  StreamValue::Group& group = *stream.find_group(args[2]);
  group.last_id = std::max(group.last_id, options->last_id);
  const std::size_t mark = reply.mark();
  std::size_t claimed = 0;
  for (const StreamId id : options->ids) {
    claimed += claim_one(context, args, *options, stream, group, id, reply) ? 1 : 0;
  }
  reply.insert_array_header(mark, claimed);
  ++context.keyspace().stats().changes;
}

struct AutoClaimOptions {
  std::int64_t min_idle_ms = 0;
  StreamId start;
  std::int64_t count = 100;
  bool just_id = false;
};

std::optional<AutoClaimOptions> auto_claim_options(Args args, Reply& reply) {
  constexpr std::int64_t kAttemptsPerClaim = 10;
  AutoClaimOptions options;
  const auto idle =
      integer_argument(args[4], reply, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
  if (!idle) return std::nullopt;
  options.min_idle_ms = std::max<std::int64_t>(*idle, 0);
  const auto start = interval_start(args[5], reply);
  if (!start) return std::nullopt;
  options.start = *start;
  for (std::size_t i = 6; i < args.size(); ++i) {
    if (i + 1 < args.size() && is_word(args[i], "count")) {
      const auto count = bounded_argument(args[++i], 1, INT64_MAX / (16 * kAttemptsPerClaim), reply,
                                          "ERR COUNT must be > 0");
      if (!count) return std::nullopt;
      options.count = *count;
    } else if (is_word(args[i], "justid")) {
      options.just_id = true;
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return options;
}

void xautoclaim_command(CommandContext& context, Args args, Reply& reply) {
  const auto options = auto_claim_options(args, reply);
  if (!options) return;
  const auto found = context.write<StreamValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr || (*found)->value.as<StreamValue>().find_group(args[2]) == nullptr) {
    return no_group(reply, args[1], args[2]);
  }
  auto& stream = context.prepare<StreamValue>(**found);
  StreamValue::Group& group = *stream.find_group(args[2]);
  std::string claimed_bytes;
  Reply claimed_reply(claimed_bytes, reply.resp3() ? 3 : 2);
  std::size_t claimed = 0;
  std::vector<StreamId> deleted;
  std::int64_t left = options->count;
  std::int64_t attempts = options->count * 10;
  auto at = group.pending.lower_bound(options->start);
  while (attempts-- > 0 && left > 0 && at != group.pending.end()) {
    const auto entry = at++;
    const StreamId id = entry->first;
    if (!stream.contains(id)) {
      group.acknowledge(entry);
      deleted.push_back(id);
      --left;
      continue;
    }
    if (context.now_ms() - entry->second.delivered_ms < options->min_idle_ms) continue;
    StreamValue::Consumer& consumer = consumer_of(context, group, args[1], args[3]);
    group.deliver(id, consumer, context.now_ms(),
                  entry->second.deliveries + (options->just_id ? 0 : 1));
    reply_claimed(stream, id, options->just_id, claimed_reply);
    ++claimed;
    --left;
  }
  reply.array_header(3);
  reply.bulk(at == group.pending.end() ? StreamId::min().text() : at->first.text());
  reply.array_header(claimed);
  reply.raw(claimed_bytes);
  reply.array_header(deleted.size());
  for (const StreamId id : deleted) reply.bulk(id.text());
  ++context.keyspace().stats().changes;
}

constexpr CommandSpec kRows[] = {
    holding<kGroupSubcommands>({"xgroup", -2, kWrite | kDenyOom, 2, 2, 1, nullptr, "stream",
                                "5.0.0", "A container for consumer groups commands"})
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{
        "xack", -4, kWrite | kFast, 1, 1, 1, xack_command, "stream", "5.0.0",
        "Marks a pending message as correctly processed, effectively removing it from the "
        "pending entries list of the consumer group. Return value of the command is the number of "
        "messages successfully acknowledged, that is, the IDs we were actually able to resolve in "
        "the "
        "PEL."}
        .with_use(use::kRW | use::kUpdate),
    {"xpending", -3, kReadonly, 1, 1, 1, xpending_command, "stream", "5.0.0",
     "Return information and entries from a stream consumer group pending entries list, that "
     "are messages fetched but never acknowledged."},
    CommandSpec{
        "xclaim", -6, kWrite | kFast, 1, 1, 1, xclaim_command, "stream", "5.0.0",
        "Changes (or acquires) ownership of a message in a consumer group, as if the message was "
        "delivered to the specified consumer."}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{
        "xautoclaim", -6, kWrite | kFast, 1, 1, 1, xautoclaim_command, "stream", "6.2.0",
        "Changes (or acquires) ownership of messages in a consumer group, as if the messages "
        "were delivered to the specified consumer."}
        .with_use(use::kRW | use::kDelete),
};

}  // namespace

std::span<const CommandSpec> stream_group_commands() { return kRows; }

}  // namespace octavo::keyspace
