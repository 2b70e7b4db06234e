// XINFO.

#include <algorithm>
#include <string>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/stream_arguments.h"
#include "keyspace/subcommand.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {
namespace {

void field(Reply& reply, std::string_view name, std::uint64_t value) {
  reply.bulk(name);
  reply.integer(static_cast<std::int64_t>(value));
}
void field(Reply& reply, std::string_view name, StreamId id) {
  reply.bulk(name);
  reply.bulk(id.text());
}

// How many entries the group has not been given yet, where that is known.
void reply_lag(const StreamValue& stream, const StreamValue::Group& group, Reply& reply) {
  reply.bulk("entries-read");
  group.entries_read == StreamValue::kUnknownCount ? reply.null()
                                                   : reply.integer(group.entries_read);
  reply.bulk("lag");
  const auto added = static_cast<std::int64_t>(stream.entries_added());
  if (added == 0) return reply.integer(0);
  std::int64_t read = group.entries_read;
  if (read == StreamValue::kUnknownCount ||
      stream.has_tombstone_in(group.last_id, StreamId::max())) {
    read = stream.entries_read_at(group.last_id);
  }
  read == StreamValue::kUnknownCount ? reply.null() : reply.integer(added - read);
}

void reply_summary(const StreamValue& stream, Reply& reply) {
  field(reply, "length", stream.size());
  // Redis's radix tree has a root besides the nodes of the blocks.
  field(reply, "radix-tree-keys", stream.block_count());
  field(reply, "radix-tree-nodes", stream.block_count() + 1);
  field(reply, "last-generated-id", stream.last_id());
  field(reply, "max-deleted-entry-id", stream.max_deleted_id());
  field(reply, "entries-added", stream.entries_added());
  field(reply, "recorded-first-entry-id", stream.first_id());
}

void reply_end_entry(const StreamValue& stream, bool last, Reply& reply) {
  bool found = false;
  stream.visit(StreamId::min(), StreamId::max(), last, [&](StreamId id, const auto& fields) {
    reply_entry(id, fields, reply);
    found = true;
    return false;
  });
  if (!found) reply.null();
}

void reply_consumer_in_full(const StreamValue::Consumer& consumer, std::int64_t count,
                            Reply& reply) {
  reply.map_header(4);
  reply.bulk("name");
  reply.bulk(consumer.name);
  field(reply, "seen-time", static_cast<std::uint64_t>(consumer.seen_ms));
  field(reply, "pel-count", consumer.pending.size());
  reply.bulk("pending");
  const std::size_t mark = reply.mark();
  std::int64_t shown = 0;
  for (const auto& [id, entry] : consumer.pending) {
    reply.array_header(3);
    reply.bulk(id.text());
    reply.integer(entry->delivered_ms);
    reply.integer(static_cast<std::int64_t>(entry->deliveries));
    if (++shown == count) break;
  }
  reply.insert_array_header(mark, static_cast<std::size_t>(shown));
}

void reply_group_in_full(const StreamValue& stream, std::string_view name,
                         const StreamValue::Group& group, std::int64_t count, Reply& reply) {
  reply.map_header(7);
  reply.bulk("name");
  reply.bulk(name);
  field(reply, "last-delivered-id", group.last_id);
  reply_lag(stream, group, reply);
  field(reply, "pel-count", group.pending.size());
  reply.bulk("pending");
  const std::size_t mark = reply.mark();
  std::int64_t shown = 0;
  for (const auto& [id, entry] : group.pending) {
    reply.array_header(4);
    reply.bulk(id.text());
    reply.bulk(entry.consumer->name);
    reply.integer(entry.delivered_ms);
    reply.integer(static_cast<std::int64_t>(entry.deliveries));
    if (++shown == count) break;
  }
  reply.insert_array_header(mark, static_cast<std::size_t>(shown));
  reply.bulk("consumers");
  reply.array_header(group.consumers.size());
  for (const auto& [consumer_name, consumer] : group.consumers) {
    reply_consumer_in_full(consumer, count, reply);
  }
}

// XINFO STREAM key [FULL [COUNT n]]
void info_stream(CommandContext& context, Args args, Reply& reply) {
  const bool full = args.size() > 3;
  std::int64_t count = 10;
  if (full) {
    const bool counted = args.size() == 6 && is_word(args[4], "count");
    if (!is_word(args[3], "full") || (args.size() > 4 && !counted)) {
      return reply.error(
          "ERR unknown subcommand or wrong number of arguments for 'stream'. Try XINFO HELP.");
    }
    if (counted) {
      const auto given = integer_argument(args[5], reply);
      if (!given) return;
      count = *given < 0 ? 10 : *given;
    }
  }
  const auto found = context.read<StreamValue>(args[2], reply);
  if (!found) return;
  if (*found == nullptr) return reply.error(kNoSuchKey);
  const StreamValue& stream = **found;
  if (!full) {
    reply.map_header(10);
    reply_summary(stream, reply);
    field(reply, "groups", stream.groups().size());
    reply.bulk("first-entry");
    reply_end_entry(stream, false, reply);
    reply.bulk("last-entry");
    return reply_end_entry(stream, true, reply);
  }
  reply.map_header(9);
  reply_summary(stream, reply);
  reply.bulk("entries");
  const std::size_t mark = reply.mark();
  std::int64_t shown = 0;
  stream.visit(StreamId::min(), StreamId::max(), false, [&](StreamId id, const auto& fields) {
    reply_entry(id, fields, reply);
    return ++shown != count;
  });
  reply.insert_array_header(mark, static_cast<std::size_t>(shown));
  reply.bulk("groups");
  reply.array_header(stream.groups().size());
  for (const auto& [name, group] : stream.groups()) {
    reply_group_in_full(stream, name, group, count, reply);
  }
}

void info_groups(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.read<StreamValue>(args[2], reply);
  if (!found) return;
  if (*found == nullptr) return reply.error(kNoSuchKey);
  reply.array_header((*found)->groups().size());
  for (const auto& [name, group] : (*found)->groups()) {
    reply.map_header(6);
    reply.bulk("name");
    reply.bulk(name);
    field(reply, "consumers", group.consumers.size());
    field(reply, "pending", group.pending.size());
    field(reply, "last-delivered-id", group.last_id);
    reply_lag(**found, group, reply);
  }
}

void info_consumers(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.read<StreamValue>(args[2], reply);
  if (!found) return;
  if (*found == nullptr) return reply.error(kNoSuchKey);
  const StreamValue::Group* group = (*found)->find_group(args[3]);
  if (group == nullptr) {
    return reply.error("NOGROUP No such consumer group '" + std::string(args[3]) +
                       "' for key name '" + std::string(args[2]) + "'");
  }
  reply.array_header(group->consumers.size());
  for (const auto& [name, consumer] : group->consumers) {
    reply.map_header(3);
    reply.bulk("name");
    reply.bulk(name);
    field(reply, "pending", consumer.pending.size());
    reply.bulk("idle");
    reply.integer(std::max<std::int64_t>(context.now_ms() - consumer.seen_ms, 0));
  }
}

constexpr Subcommand kSubcommands[] = {
    {.name = "consumers",
     .arity = 4,
     .run = info_consumers,
     .arguments = "<key> <groupname>",
     .summary = "The consumers of a group.",
     .help = "Show consumers of <groupname>."},
    {.name = "groups",
     .arity = 3,
     .run = info_groups,
     .arguments = "<key>",
     .summary = "The groups of a stream.",
     .help = "Show the stream consumer groups."},
    {.name = "stream",
     .arity = -3,
     .run = info_stream,
     .arguments = "<key> [FULL [COUNT <count>]",
     .summary = "A stream.",
     .help = "Show information about the stream."},
};

constexpr CommandSpec kRows[] = {
    holding<kSubcommands>({"xinfo", -2, kReadonly, 2, 2, 1, nullptr, "stream", "5.0.0",
                           "A container for stream introspection commands"}),
};

}  // namespace

std::span<const CommandSpec> stream_info_commands() { return kRows; }

}  // namespace octavo::keyspace
