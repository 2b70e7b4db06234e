// Streams without groups: adding, reading, trimming.

#include <algorithm>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/stream_arguments.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {
namespace {

// The id of a new entry. nullopt: the error is written.
std::optional<StreamId> next_id(const StreamValue& stream, const NewStreamId& wanted,
                                std::int64_t now_ms, Reply& reply) {
  StreamId last = stream.last_id();
  if (last == StreamId::max()) {
    reply.error("ERR The stream has exhausted the last possible ID, unable to add more items");
    return std::nullopt;
  }
  if (!wanted.id_given) {
    const StreamId now{static_cast<std::uint64_t>(now_ms), 0};
    if (now > last) return now;
    last.increment();
    return last;
  }
  StreamId id = wanted.id;
  if (!wanted.sequence_given && id.ms == last.ms) {
    // The next of that millisecond, if there is one.
    id.sequence = last.sequence == UINT64_MAX ? last.sequence : last.sequence + 1;
  }
  if (id > last) return id;
  reply.error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  return std::nullopt;
}

void xadd_command(CommandContext& context, Args args, Reply& reply) {
  const auto options = trim_arguments(args, TrimCommand::xadd, context.limits(), reply);
  if (!options) return;
  const Args fields = args.subspan(options->next + 1);
  if (fields.empty() || fields.size() % 2 != 0) return wrong_arity(reply, args[0]);
  if (options->id.sequence_given && options->id.id == StreamId::min()) {
    return reply.error("ERR The ID specified in XADD must be greater than 0-0");
  }
  const auto found = context.write<StreamValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr && !options->make_stream) return reply.null();
  static const StreamValue kEmpty;
  const StreamValue& before = *found == nullptr ? kEmpty : (*found)->value.as<StreamValue>();
  const auto id = next_id(before, options->id, context.now_ms(), reply);
  if (!id) return;
  KeyEntry& entry = *found != nullptr ? **found : context.create<StreamValue>(args[1]);
  auto& stream = context.edit<StreamValue>(entry);
  stream.append(*id, fields, context.limits());
  context.notify(EventClass::stream, "xadd", args[1]);
  if (options->trims && stream.trim(options->trim) > 0) {
    context.notify(EventClass::stream, "xtrim", args[1]);
  }
  context.signal_ready(args[1]);
  reply.bulk(id->text());
}

void xtrim_command(CommandContext& context, Args args, Reply& reply) {
  const auto options = trim_arguments(args, TrimCommand::xtrim, context.limits(), reply);
  if (!options) return;
  const auto found = context.write<StreamValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  const std::uint64_t removed = context.prepare<StreamValue>(**found).trim(options->trim);
  if (removed > 0) {
    context.commit(**found);
    context.notify(EventClass::stream, "xtrim", args[1]);
  }
  reply.integer(static_cast<std::int64_t>(removed));
}

void xdel_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<StreamValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.integer(0);
  std::vector<StreamId> ids;
  for (const std::string_view text : args.subspan(2)) {
    const auto id = stream_id_argument(text, reply);
    if (!id) return;
    ids.push_back(*id);
  }
  auto& stream = context.prepare<StreamValue>(**found);
  std::int64_t removed = 0;
  for (const StreamId id : ids) {
    if (!stream.erase(id)) continue;
    stream.set_max_deleted_id(std::max(stream.max_deleted_id(), id));
    ++removed;
  }
  if (removed > 0) {
    context.commit(**found);
    context.notify(EventClass::stream, "xdel", args[1]);
  }
  reply.integer(removed);
}

void xlen_command(CommandContext& context, Args args, Reply& reply) {
  const auto stream = context.read<StreamValue>(args[1], reply);
  if (!stream) return;
  reply.integer(*stream == nullptr ? 0 : static_cast<std::int64_t>((*stream)->size()));
}

void range(CommandContext& context, Args args, bool backwards, Reply& reply) {
  const auto start = interval_start(backwards ? args[3] : args[2], reply);
  if (!start) return;
  const auto end = interval_end(backwards ? args[2] : args[3], reply);
  if (!end) return;
  std::optional<std::int64_t> count;
  for (std::size_t i = 4; i < args.size(); i += 2) {
    if (i + 1 >= args.size() || !is_word(args[i], "count")) return reply.syntax_error();
    const auto given = integer_argument(args[i + 1], reply);
    if (!given) return;
    count = std::max<std::int64_t>(*given, 0);
  }
  const auto stream = context.read<StreamValue>(args[1], reply);
  if (!stream) return;
  if (*stream == nullptr) return reply.empty_array();
  if (count == 0) return reply.null_array();
  const std::size_t mark = reply.mark();
  std::int64_t found = 0;
  (*stream)->visit(*start, *end, backwards, [&](StreamId id, const auto& fields) {
    reply_entry(id, fields, reply);
    // How many there are is only seen on the way.
    return !context.defer(static_cast<std::uint64_t>(++found)) && found != count.value_or(-1) &&
           context.go_on();
  });
  if (context.deferred()) return reply.cut(mark);
  reply.insert_array_header(mark, static_cast<std::size_t>(found));
}
void xrange_command(CommandContext& context, Args args, Reply& reply) {
  range(context, args, false, reply);
}
void xrevrange_command(CommandContext& context, Args args, Reply& reply) {
  range(context, args, true, reply);
}

// XSETID key id [ENTRIESADDED n] [MAXDELETEDID id]
void xsetid_command(CommandContext& context, Args args, Reply& reply) {
  const auto id = stream_id_argument(args[2], reply);
  if (!id) return;
  std::optional<std::int64_t> added;
  StreamId max_deleted;
  for (std::size_t i = 3; i < args.size(); i += 2) {
    if (i + 1 < args.size() && is_word(args[i], "entriesadded")) {
      added = integer_argument(args[i + 1], reply);
      if (!added) return;
      if (*added < 0) return reply.error("ERR entries_added must be positive");
    } else if (i + 1 < args.size() && is_word(args[i], "maxdeletedid")) {
      const auto given = stream_id_argument(args[i + 1], reply);
      if (!given) return;
      if (*id < *given) {
        return reply.error(
            "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
      max_deleted = *given;
    } else {
      return reply.syntax_error();
    }
  }
  const auto found = context.write<StreamValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.error(kNoSuchKey);
  const auto& before = (*found)->value.as<StreamValue>();
  if (before.size() > 0 && *id < before.last_entry_id()) {
    return reply.error("ERR The ID specified in XSETID is smaller than the target stream top item");
  }
  if (before.size() > 0 && added && static_cast<std::uint64_t>(*added) < before.size()) {
    return reply.error(
        "ERR The entries_added specified in XSETID is smaller than the target stream length");
  }
  // Not committed, as Redis does not: no entry changes, and nobody who watches the key shall mind.
  auto& stream = context.prepare<StreamValue>(**found);
  stream.set_last_id(*id);
  if (added) stream.set_entries_added(static_cast<std::uint64_t>(*added));
  if (max_deleted != StreamId::min()) stream.set_max_deleted_id(max_deleted);
  context.notify(EventClass::stream, "xsetid", args[1]);
  reply.ok();
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"xadd", -5, kWrite | kDenyOom | kFast, 1, 1, 1, xadd_command, "stream", "5.0.0",
                "Appends a new entry to a stream"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"xtrim", -4, kWrite, 1, 1, 1, xtrim_command, "stream", "5.0.0",
                "Trims the stream to (approximately if '~' is passed) a certain size"}
        .with_use(use::kRW | use::kDelete),
    CommandSpec{
        "xdel", -3, kWrite | kFast, 1, 1, 1, xdel_command, "stream", "5.0.0",
        "Removes the specified entries from the stream. Returns the number of items actually "
        "deleted, that may be different from the number of IDs passed in case certain IDs do not "
        "exist."}
        .with_use(use::kRW | use::kDelete),
    CommandSpec{"xlen", 2, kReadonly | kFast, 1, 1, 1, xlen_command, "stream", "5.0.0",
                "Return the number of entries in a stream"}
        .with_use(use::kRO),
    {"xrange", -4, kReadonly, 1, 1, 1, xrange_command, "stream", "5.0.0",
     "Return a range of elements in a stream, with IDs matching the specified IDs interval"},
    {"xrevrange", -4, kReadonly, 1, 1, 1, xrevrange_command, "stream", "5.0.0",
     "Return a range of elements in a stream, with IDs matching the specified IDs interval, "
     "in reverse order (from greater to smaller IDs) compared to XRANGE"},
    CommandSpec{"xsetid", -3, kWrite | kDenyOom | kFast, 1, 1, 1, xsetid_command, "stream", "5.0.0",
                "An internal command for replicating stream values"}
        .with_use(use::kRW | use::kUpdate),
};

}  // namespace

std::span<const CommandSpec> stream_commands() { return kRows; }

}  // namespace octavo::keyspace
