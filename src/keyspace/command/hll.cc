// PFADD, PFCOUNT, PFMERGE, and what looks into values: PFDEBUG, PFSELFTEST.

#include <algorithm>
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

// --- PFDEBUG ---

struct Found {
  KeyEntry& entry;
  HyperLogLog value;
};
using Look = void (*)(CommandContext& context, Found& found, Reply& reply);

// As in Redis, also where only its registers are asked for.
bool make_dense(CommandContext& context, Found& found) {
  if (found.value.is_dense()) return false;
  found.value.make_dense();
  auto& target = context.edit<StringValue>(found.entry);
  target.set_bytes(found.value.encode(context.limits().hll_sparse_max_bytes));
  target.mark_raw();
  return true;
}

void registers(CommandContext& context, Found& found, Reply& reply) {
  make_dense(context, found);
  reply.array_header(HyperLogLog::kRegisters);
  for (const std::uint8_t one : found.value.registers()) reply.integer(one);
}

void decode(CommandContext&, Found& found, Reply& reply) {
  StringValue::Scratch scratch;
  const auto codes =
      HyperLogLog::describe_sparse(found.entry.value.as<StringValue>().view(scratch));
  codes ? reply.bulk(*codes) : reply.error("ERR HLL encoding is not sparse");
}

void encoding(CommandContext&, Found& found, Reply& reply) {
  reply.simple(found.value.is_dense() ? "dense" : "sparse");
}

void to_dense(CommandContext& context, Found& found, Reply& reply) {
  reply.integer(make_dense(context, found) ? 1 : 0);
}

struct DebugRow {
  std::string_view name;
  Look look;
};
constexpr DebugRow kDebugRows[] = {
    {"decode", decode}, {"encoding", encoding}, {"getreg", registers}, {"todense", to_dense}};

void pfdebug_command(CommandContext& context, Args args, Reply& reply) {
  KeyEntry* entry = context.write_entry(args[2]);
  if (entry == nullptr) return reply.error("ERR The specified key does not exist");
  auto value = parse_value(entry->value, reply);
  if (!value) return;
  const auto* const row = std::ranges::find_if(
      kDebugRows, [&](const DebugRow& one) { return is_word(args[1], one.name); });
  if (row == std::end(kDebugRows)) {
    return reply.error("ERR Unknown PFDEBUG subcommand '" + std::string(args[1]) + "'");
  }
  Found found{*entry, *std::move(value)};
  row->look(context, found, reply);
}

// Both forms hold the same registers, and the estimate is as close as it should be: its standard
// error is 1.04 / sqrt(registers), 0.8 %.
void pfselftest_command(CommandContext&, Args, Reply& reply) {
  constexpr std::int64_t kNeverSparse = 0;
  constexpr std::int64_t kAlwaysSparse = 1 << 20;
  constexpr std::uint64_t kElements = 10'000;
  constexpr std::uint64_t kStep = 1'000;
  HyperLogLog value;
  for (std::uint64_t n = 1; n <= kElements; ++n) {
    value.add(std::to_string(n));
    if (n % kStep != 0) continue;
    for (const std::int64_t limit : {kNeverSparse, kAlwaysSparse}) {
      const auto again = HyperLogLog::parse(value.encode(limit));
      if (!again || again->registers() != value.registers()) {
        return reply.error("ERR TESTFAILED the registers are not those that were written");
      }
    }
    const std::uint64_t count = value.count();
    const std::uint64_t off = count > n ? count - n : n - count;
    if (off * 100 > n * 4) return reply.error("ERR TESTFAILED the estimate is too far off");
  }
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
    CommandSpec{"pfdebug", 3, kWrite | kDenyOom | kAdmin, 2, 2, 1, pfdebug_command, "hyperloglog",
                "2.8.9", "Looks into the value of a HyperLogLog."}
        .with_use(use::kRW | use::kAccess),
    {"pfselftest", 1, kAdmin, 0, 0, 0, pfselftest_command, "hyperloglog", "2.8.9",
     "Tests the implementation of HyperLogLogs."},
};

}  // namespace

std::span<const CommandSpec> hll_commands() { return kRows; }

}  // namespace octavo::keyspace
