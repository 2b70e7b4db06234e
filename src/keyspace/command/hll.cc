// PFADD, PFCOUNT, PFMERGE.

#include <string>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/type/hyperloglog.h"

namespace octavo::keyspace {
namespace {

constexpr std::string_view kNotHyperLogLog =
    "WRONGTYPE Key is not a valid HyperLogLog string value.";
constexpr std::string_view kCorrupted = "INVALIDOBJ Corrupted HLL object detected";

// nullopt: the error is written.
std::optional<HyperLogLog> parse_value(const Object& value, Reply& reply) {
  if (!value.is_string()) {
    reply.wrong_type();
    return std::nullopt;
  }
  StringValue::Scratch scratch;
  const std::string_view bytes = value.as<StringValue>().view(scratch);
  if (!HyperLogLog::has_header(bytes)) {
    reply.error(kNotHyperLogLog);
    return std::nullopt;
  }
  auto parsed = HyperLogLog::parse(bytes);
  if (!parsed) reply.error(kCorrupted);
  return parsed;
}

std::optional<HyperLogLog> merge_all(CommandContext& context, Args keys, Reply& reply) {
  HyperLogLog merged;
  for (const std::string_view key : keys) {
    const KeyEntry* entry = context.read_entry(key);
    if (entry == nullptr) continue;
    const auto one = parse_value(entry->value, reply);
    if (!one) return std::nullopt;
    merged.merge(*one);
  }
  return merged;
}

void store(CommandContext& context, KeyEntry* found, std::string_view key,
           const HyperLogLog& value) {
  KeyEntry& entry = found != nullptr ? *found : context.create<StringValue>(key);
  auto& target = context.edit<StringValue>(entry);
  target.set_bytes(value.encode(context.limits().hll_sparse_max_bytes));
  target.mark_raw();
  context.notify(EventClass::string, "pfadd", key);
}

void pfadd_command(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* found = context.write_entry(args[1]);
  HyperLogLog value;
  if (found != nullptr) {
    const auto parsed = parse_value(found->value, reply);
    if (!parsed) return;
    value = *parsed;
  }
  bool changed = found == nullptr;
  for (const std::string_view element : args.subspan(2)) {
    if (value.add(element)) changed = true;
  }
  if (changed) store(context, found, args[1], value);
  reply.integer(changed ? 1 : 0);
}

void pfcount_command(CommandContext& context, Args args, Reply& reply) {
  const auto merged = merge_all(context, args.subspan(1), reply);
  if (merged) reply.integer(static_cast<std::int64_t>(merged->count()));
}

void pfmerge_command(CommandContext& context, Args args, Reply& reply) {
  const auto merged = merge_all(context, args.subspan(1), reply);  // the target takes part
  if (!merged) return;
  store(context, context.write_entry(args[1]), args[1], *merged);
  reply.ok();
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"pfadd", -2, kWrite | kDenyOom | kFast, 1, 1, 1, pfadd_command, "hyperloglog",
                "2.8.9", "Adds the specified elements to the specified HyperLogLog."}
        .with_use(use::kRW | use::kInsert),
    {"pfcount", -2, kReadonly | kPausesAsWrite, 1, -1, 1, pfcount_command, "hyperloglog", "2.8.9",
     "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s)."},
    CommandSpec{"pfmerge", -2, kWrite | kDenyOom, 1, -1, 1, pfmerge_command, "hyperloglog", "2.8.9",
                "Merge N different HyperLogLogs into a single one."}
        .with_use(use::kRW | use::kAccess | use::kInsert, use::kRO | use::kAccess),
};

}  // namespace

std::span<const CommandSpec> hll_commands() { return kRows; }

}  // namespace octavo::keyspace
