#include "keyspace/command_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "base/text.h"
#include "keyspace/needs.h"
#include "keyspace/type/numbers.h"

namespace octavo::keyspace {
namespace {

void add_range(const CommandSpec& spec, std::size_t count, std::vector<std::size_t>& out) {
  if (spec.first_key <= 0) return;
  const auto size = static_cast<int>(count);
  const int last = spec.last_key < 0 ? size + spec.last_key : spec.last_key;
  for (int at = spec.first_key; at <= last && at < size; at += spec.key_step) {
    out.push_back(static_cast<std::size_t>(at));
  }
}

void add_counted(const CommandSpec& spec, Args args, std::vector<std::size_t>& out) {
  const auto at = static_cast<std::size_t>(spec.num_keys_at);
  if (at >= args.size()) return;
  const auto count = parse_int64(args[at]);
  if (!count || *count < 0 || static_cast<std::uint64_t>(*count) > args.size() - at - 1) return;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(*count); ++i) out.push_back(at + i);
}

void add_streams(Args args, std::vector<std::size_t>& out) {
  const std::size_t at = stream_option(args, "streams");
  if (at == args.size()) return;
  const std::size_t count = (args.size() - at - 1) / 2;
  for (std::size_t i = 1; i <= count; ++i) out.push_back(at + i);
}

// Options of SORT and GEORADIUS that others follow, whatever those are called.
struct LongOption {
  std::string_view word;
  std::size_t arguments;
  bool stores = false;
};
constexpr LongOption kLongOptions[] = {{"by", 1},    {"count", 1},       {"get", 1},
                                       {"limit", 2}, {"store", 1, true}, {"storedist", 1, true}};

// The last one counts, as when the call runs.
void add_stored(const CommandSpec& spec, Args args, std::vector<std::size_t>& out) {
  std::size_t stored = 0;
  const auto options = static_cast<std::size_t>(-spec.arity);  // behind what there must be
  for (std::size_t at = options; at + 1 < args.size(); ++at) {
    const auto* const option = std::ranges::find_if(kLongOptions, [&](const LongOption& one) {
      return equals_ignoring_case(args[at], one.word);
    });
    if (option == std::end(kLongOptions)) continue;
    if (option->stores) stored = at + 1;
    at += option->arguments;
  }
  if (stored > 0) out.push_back(stored);
}

}  // namespace

std::size_t bytes_of(Args args) {
  std::size_t bytes = 0;
  for (const std::string_view arg : args) bytes += arg.size();
  return bytes;
}

bool arity_fits(const CommandSpec& spec, std::size_t argument_count) {
  const auto count = static_cast<int>(argument_count);
  return spec.arity >= 0 ? count == spec.arity : count >= -spec.arity;
}

std::vector<std::size_t> key_positions(const CommandSpec& spec, Args args) {
  std::vector<std::size_t> out;
  add_range(spec, args.size(), out);
  switch (spec.key_rule) {
    case KeyRule::range: break;
    case KeyRule::num_keys: add_counted(spec, args, out); break;
    case KeyRule::streams: add_streams(args, out); break;
    case KeyRule::store: add_stored(spec, args, out); break;
  }
  return out;
}

std::size_t stream_option(Args args, std::string_view option) {
  std::size_t at = 1;
  while (at < args.size()) {
    if (equals_ignoring_case(args[at], option)) return at;
    const bool pair = equals_ignoring_case(args[at], "group");
    const bool one =
        equals_ignoring_case(args[at], "block") || equals_ignoring_case(args[at], "count");
    at += pair ? 3 : one ? 2 : 1;
  }
  return args.size();
}

CommandTable::CommandTable(std::span<const std::span<const CommandSpec>> sources) {
  for (const auto& family : sources) {
    for (const CommandSpec& spec : family) all_.push_back(&spec);
  }
  slots_.assign(std::bit_ceil(all_.size() * 4 + 1), nullptr);
  mask_ = slots_.size() - 1;
  for (const CommandSpec* spec : all_) {
    ASSERT(!spec->name.empty() && spec->name.size() <= kMaxNameBytes);
    ASSERT(says_needs(*spec));
    std::size_t slot = hash_of(spec->name) & mask_;
    while (slots_[slot] != nullptr) {
      ASSERT(slots_[slot]->name != spec->name);
      slot = (slot + 1) & mask_;
    }
    slots_[slot] = spec;
  }
}

std::uint64_t CommandTable::hash_of(std::string_view name) {
  constexpr std::uint64_t kCaseBits = 0xdfdfdfdfdfdfdfdf;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (name.size() >= 8) {
    std::memcpy(&first, name.data(), 8);
    std::memcpy(&last, name.data() + name.size() - 8, 8);
  } else if (name.size() >= 4) {
    std::memcpy(&first, name.data(), 4);
    std::memcpy(&last, name.data() + name.size() - 4, 4);
  } else {
    for (const char c : name) first = first << 8 | static_cast<unsigned char>(c);
  }
  const std::uint64_t mixed =
      ((first & kCaseBits) ^ std::rotl(last & kCaseBits, 29) ^ name.size()) * 0x9e3779b97f4a7c15;
  return mixed ^ (mixed >> 32);
}

bool CommandTable::same_name(std::string_view lower, std::string_view name) {
  if (lower.size() != name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    if (c != lower[i]) return false;
  }
  return true;
}

// NOLINTBEGIN(bugprone-return-const-ref-from-parameter): the rows of a table live for ever
const CommandSpec& reading_form(const CommandSpec& spec, Args args) {
  if (spec.read_only_form.empty()) return spec;
  std::vector<std::size_t> stored;
  add_stored(spec, args, stored);
  if (!stored.empty()) return spec;
  const CommandSpec* twin = keyspace_commands().find(spec.read_only_form);
  ASSERT(twin != nullptr);  // table_test.cc looks at all of them
  return *twin;
}
// NOLINTEND(bugprone-return-const-ref-from-parameter)

}  // namespace octavo::keyspace
