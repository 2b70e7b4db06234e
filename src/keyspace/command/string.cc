// Strings: SET and GET with their options, counters, ranges, LCS.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"

namespace octavo::keyspace {
namespace {

constexpr std::string_view kStringTooLong =
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

void reply_value(const StringValue& value, Reply& reply) {
  StringValue::Scratch scratch;
  reply.bulk(value.view(scratch));
}

// Writes the value at `key` or null. False when it is of another kind (the error is written).
bool reply_current(CommandContext& context, std::string_view key, Reply& reply) {
  const auto value = context.read<StringValue>(key, reply);
  if (!value) return false;
  if (*value == nullptr) {
    reply.null();
  } else if (!context.defer(Object::cost_of_text((*value)->size()))) {
    reply_value(**value, reply);
  }
  return true;
}

bool length_fits(CommandContext& context, std::uint64_t bytes, Reply& reply) {
  if (bytes <= static_cast<std::uint64_t>(context.keyspace().max_string_bytes())) return true;
  reply.error(kStringTooLong);
  return false;
}

// --- SET and its relatives ---

// How the time to live is to change. One word of these, though it may be repeated.
enum class TtlChange : std::uint8_t { none, ex, px, exat, pxat, keep, persist };

struct SetOptions {
  bool only_new = false;       // NX
  bool only_existing = false;  // XX
  bool get = false;
  TtlChange ttl = TtlChange::none;
  std::string_view time;
  bool has_expiry() const { return ttl >= TtlChange::ex && ttl <= TtlChange::pxat; }
  ExpiryArgument unit() const {
    return {.seconds = ttl == TtlChange::ex || ttl == TtlChange::exat,
            .absolute = ttl == TtlChange::exat || ttl == TtlChange::pxat};
  }
};

struct TtlWord {
  std::string_view word;
  TtlChange change;
};
constexpr TtlWord kTtlWords[] = {{"ex", TtlChange::ex},        {"px", TtlChange::px},
                                 {"exat", TtlChange::exat},    {"pxat", TtlChange::pxat},
                                 {"keepttl", TtlChange::keep}, {"persist", TtlChange::persist}};

enum class OptionFamily : std::uint8_t { set, getex };

bool parse_ttl_word(Args args, std::size_t& at, OptionFamily family, SetOptions& options) {
  for (const auto& [word, change] : kTtlWords) {
    if (!is_word(args[at], word)) continue;
    if (change == (family == OptionFamily::set ? TtlChange::persist : TtlChange::keep)) break;
    if (options.ttl != TtlChange::none && options.ttl != change) break;
    options.ttl = change;
    if (!options.has_expiry()) return true;
    if (at + 1 >= args.size()) break;
    options.time = args[++at];
    return true;
  }
  return false;
}

bool parse_options(Args args, std::size_t at, OptionFamily family, SetOptions& options) {
  const bool set = family == OptionFamily::set;
  for (; at < args.size(); ++at) {
    if (set && is_word(args[at], "nx") && !options.only_existing) {
      options.only_new = true;
    } else if (set && is_word(args[at], "xx") && !options.only_new) {
      options.only_existing = true;
    } else if (set && is_word(args[at], "get")) {
      options.get = true;
    } else if (!parse_ttl_word(args, at, family, options)) {
      return false;
    }
  }
  return true;
}

// A large value is made beforehand. False: that was all that is wanted of the handler now. To be
// called before anything is changed.
bool make_large(CommandContext& context, std::string_view text, std::optional<Object>& made) {
  if (!context.making()) return true;
  made = context.make(Object::cost_of_text(text.size()),
                      [&] { return std::optional<Object>(StringValue::from_text(text)); });
  return made.has_value();
}

// `made`: of `text`, if it was made already.
void store(CommandContext& context, std::string_view key, std::string_view text, bool keep_ttl,
           std::int64_t expire_at_ms, std::optional<Object> made = {}) {
  KeyEntry* entry = context.write_entry(key);
  if (entry != nullptr && entry->value.is_string() && !made) {
    // In place, so that a buffer of the right size is used again.
    context.edit<StringValue>(*entry).set_text(text);
    if (!keep_ttl && entry->expire_at_ms() != kNoExpiry) {
      context.db().set_expiry(*entry, kNoExpiry);
    }
  } else {
    Object value = made ? *std::move(made) : Object(StringValue::from_text(text));
    if (entry != nullptr && keep_ttl) {
      context.replace(*entry, std::move(value));
    } else {
      entry = &context.put(key, std::move(value));
    }
  }
  if (expire_at_ms != kNoExpiry) context.db().set_expiry(*entry, expire_at_ms);
  context.notify(EventClass::string, "set", key);
  if (expire_at_ms != kNoExpiry) context.notify(EventClass::generic, "expire", key);
}

void set_command(CommandContext& context, Args args, Reply& reply) {
  if (args.size() == 3) {
    std::optional<Object> made;
    if (!make_large(context, args[2], made)) return;
    store(context, args[1], args[2], false, kNoExpiry, std::move(made));
    return reply.ok();
  }
  SetOptions options;
  if (!parse_options(args, 3, OptionFamily::set, options)) return reply.syntax_error();
  std::int64_t expire_at_ms = kNoExpiry;
  if (options.has_expiry()) {
    const auto at = expiry_argument(options.time, options.unit(), context.now_ms(), args[0], reply);
    if (!at) return;
    expire_at_ms = *at;
  }
  std::optional<Object> made;
  if (options.get) {
    if (context.making()) return;  // its reply is of the moment: it is not prepared
    if (!reply_current(context, args[1], reply)) return;
  } else if (!make_large(context, args[2], made)) {
    return;
  }
  const bool exists = context.write_entry(args[1]) != nullptr;
  if ((options.only_new && exists) || (options.only_existing && !exists)) {
    if (!options.get) reply.null();
    return;
  }
  store(context, args[1], args[2], options.ttl == TtlChange::keep, expire_at_ms, std::move(made));
  if (!options.get) reply.ok();
}

void setnx_command(CommandContext& context, Args args, Reply& reply) {
  std::optional<Object> made;
  if (!make_large(context, args[2], made)) return;
  if (context.write_entry(args[1]) != nullptr) return reply.integer(0);
  store(context, args[1], args[2], false, kNoExpiry, std::move(made));
  reply.integer(1);
}

void set_expiring(CommandContext& context, Args args, bool seconds, Reply& reply) {
  const auto at = expiry_argument(args[2], {.seconds = seconds, .absolute = false},
                                  context.now_ms(), args[0], reply);
  if (!at) return;
  std::optional<Object> made;
  if (!make_large(context, args[3], made)) return;
  store(context, args[1], args[3], false, *at, std::move(made));
  reply.ok();
}
void setex_command(CommandContext& context, Args args, Reply& reply) {
  set_expiring(context, args, true, reply);
}
void psetex_command(CommandContext& context, Args args, Reply& reply) {
  set_expiring(context, args, false, reply);
}

void get_command(CommandContext& context, Args args, Reply& reply) {
  reply_current(context, args[1], reply);
}

void getset_command(CommandContext& context, Args args, Reply& reply) {
  if (!reply_current(context, args[1], reply)) return;
  store(context, args[1], args[2], false, kNoExpiry);
}

void getdel_command(CommandContext& context, Args args, Reply& reply) {
  if (!reply_current(context, args[1], reply)) return;
  if (context.erase_key(args[1])) context.notify(EventClass::generic, "del", args[1]);
}

void getex_command(CommandContext& context, Args args, Reply& reply) {
  SetOptions options;
  if (!parse_options(args, 2, OptionFamily::getex, options)) return reply.syntax_error();
  const auto found = context.write<StringValue>(args[1], reply);
  if (!found) return;
  if (*found == nullptr) return reply.null();
  KeyEntry& entry = **found;
  if (!options.has_expiry()) {
    reply_value(entry.value.as<StringValue>(), reply);
    if (options.ttl == TtlChange::persist && entry.expire_at_ms() != kNoExpiry) {
      context.db().set_expiry(entry, kNoExpiry);
      context.notify(EventClass::generic, "persist", args[1]);
    }
    return;
  }
  const auto at = expiry_argument(options.time, options.unit(), context.now_ms(), args[0], reply);
  if (!at) return;
  reply_value(entry.value.as<StringValue>(), reply);
  if (*at <= context.now_ms()) {
    context.erase(entry);
    context.notify(EventClass::generic, "del", args[1]);
  } else {
    context.db().set_expiry(entry, *at);
    context.notify(EventClass::generic, "expire", args[1]);
  }
}

void mget_command(CommandContext& context, Args args, Reply& reply) {
  const std::size_t mark = reply.mark();
  std::uint64_t cost = 0;
  reply.array_header(args.size() - 1);
  for (const std::string_view key : args.subspan(1)) {
    const KeyEntry* entry = context.read_entry(key);
    if (entry == nullptr || !entry->value.is_string()) {
      reply.null();
    } else {
      cost += entry->value.cost();
      if (context.defer(cost)) return reply.cut(mark);
      reply_value(entry->value.as<StringValue>(), reply);
    }
  }
}

void mset_command(CommandContext& context, Args args, Reply& reply) {
  if (args.size() % 2 == 0) return wrong_arity(reply, args[0]);
  for (std::size_t i = 1; i < args.size(); i += 2) {
    store(context, args[i], args[i + 1], false, kNoExpiry);
  }
  reply.ok();
}

void msetnx_command(CommandContext& context, Args args, Reply& reply) {
  if (args.size() % 2 == 0) return wrong_arity(reply, args[0]);
  for (std::size_t i = 1; i < args.size(); i += 2) {
    if (context.write_entry(args[i]) != nullptr) return reply.integer(0);
  }
  for (std::size_t i = 1; i < args.size(); i += 2) {
    store(context, args[i], args[i + 1], false, kNoExpiry);
  }
  reply.integer(1);
}

// --- counters ---

void increment(CommandContext& context, std::string_view key, std::int64_t by, Reply& reply) {
  const auto found = context.write<StringValue>(key, reply);
  if (!found) return;
  std::int64_t value = 0;
  if (*found != nullptr) {
    const auto current = (*found)->value.as<StringValue>().to_int64();
    if (!current) return reply.error(kNotInteger);
    value = *current;
  }
  if (__builtin_add_overflow(value, by, &value)) {
    return reply.error("ERR increment or decrement would overflow");
  }
  KeyEntry& entry = *found != nullptr ? **found : context.create<StringValue>(key);
  context.edit<StringValue>(entry).set_integer(value);
  context.notify(EventClass::string, "incrby", key);
  reply.integer(value);
}

void incr_command(CommandContext& context, Args args, Reply& reply) {
  increment(context, args[1], 1, reply);
}
void decr_command(CommandContext& context, Args args, Reply& reply) {
  increment(context, args[1], -1, reply);
}
void incrby_command(CommandContext& context, Args args, Reply& reply) {
  if (const auto by = integer_argument(args[2], reply)) increment(context, args[1], *by, reply);
}
void decrby_command(CommandContext& context, Args args, Reply& reply) {
  const auto by = integer_argument(args[2], reply);
  if (!by) return;
  if (*by == std::numeric_limits<std::int64_t>::min()) {
    return reply.error("ERR decrement would overflow");
  }
  increment(context, args[1], -*by, reply);
}

void incrbyfloat_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<StringValue>(args[1], reply);
  if (!found) return;
  long double value = 0;
  if (*found != nullptr) {
    const auto current = parse_long_double((*found)->value.as<StringValue>().to_string());
    if (!current) return reply.error(kNotFloat);
    value = *current;
  }
  const auto by = parse_long_double(args[2]);
  if (!by) return reply.error(kNotFloat);
  value += *by;
  if (std::isnan(value) || std::isinf(value)) {
    return reply.error("ERR increment would produce NaN or Infinity");
  }
  const std::string text = format_human(value);
  KeyEntry& entry = *found != nullptr ? **found : context.create<StringValue>(args[1]);
  context.edit<StringValue>(entry).set_bytes(text);
  context.notify(EventClass::string, "incrbyfloat", args[1]);
  reply.bulk(text);
}

// --- parts ---

void append_command(CommandContext& context, Args args, Reply& reply) {
  const auto found = context.write<StringValue>(args[1], reply);
  if (!found) return;
  std::size_t size = args[2].size();
  if (*found == nullptr) {
    KeyEntry& entry = context.create<StringValue>(args[1]);
    context.edit<StringValue>(entry).set_text(args[2]);
  } else {
    size += (*found)->value.as<StringValue>().size();
    if (!length_fits(context, size, reply)) return;
    context.edit<StringValue>(**found).append(args[2]);
  }
  context.notify(EventClass::string, "append", args[1]);
  reply.integer(static_cast<std::int64_t>(size));
}

void strlen_command(CommandContext& context, Args args, Reply& reply) {
  const auto value = context.read<StringValue>(args[1], reply);
  if (!value) return;
  reply.integer(*value == nullptr ? 0 : static_cast<std::int64_t>((*value)->size()));
}

void setrange_command(CommandContext& context, Args args, Reply& reply) {
  const auto offset = integer_argument(args[2], reply);
  if (!offset) return;
  if (*offset < 0) return reply.error("ERR offset is out of range");
  const auto found = context.write<StringValue>(args[1], reply);
  if (!found) return;
  const std::size_t size = *found == nullptr ? 0 : (*found)->value.as<StringValue>().size();
  const std::string_view bytes = args[3];
  if (bytes.empty()) return reply.integer(static_cast<std::int64_t>(size));
  const auto start = static_cast<std::uint64_t>(*offset);
  if (!length_fits(context, start + bytes.size(), reply)) return;
  KeyEntry& entry = *found != nullptr ? **found : context.create<StringValue>(args[1]);
  const std::size_t new_size = std::max<std::size_t>(size, start + bytes.size());
  std::memcpy(context.edit<StringValue>(entry).resize(new_size) + start, bytes.data(),
              bytes.size());
  context.notify(EventClass::string, "setrange", args[1]);
  reply.integer(static_cast<std::int64_t>(new_size));
}

void getrange_command(CommandContext& context, Args args, Reply& reply) {
  const auto start = integer_argument(args[2], reply);
  if (!start) return;
  const auto end = integer_argument(args[3], reply);
  if (!end) return;
  const auto value = context.read<StringValue>(args[1], reply);
  if (!value) return;
  if (*value == nullptr) return reply.bulk("");
  StringValue::Scratch scratch;
  const std::string_view bytes = (*value)->view(scratch);
  // Both ends before the first byte are no range at all when out of order.
  if (*start < 0 && *end < 0 && *start > *end) return reply.bulk("");
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t first = std::max<std::int64_t>(*start < 0 ? *start + size : *start, 0);
  const std::int64_t last =
      std::min(std::max<std::int64_t>(*end < 0 ? *end + size : *end, 0), size - 1);
  if (first > last || size == 0) return reply.bulk("");
  const auto count = static_cast<std::size_t>(last - first + 1);
  if (context.defer(Object::cost_of_text(count))) return;
  reply.bulk(bytes.substr(static_cast<std::size_t>(first), count));
}
void substr_command(CommandContext& context, Args args, Reply& reply) {
  getrange_command(context, args, reply);
}

// --- LCS ---

struct LcsOptions {
  bool length = false;
  bool indexes = false;
  bool match_lengths = false;
  std::int64_t min_match = 0;
};

struct LcsMatch {
  std::size_t a_start, a_end, b_start, b_end;  // ends included
  std::size_t length() const { return a_end - a_start + 1; }
};

// Rows for prefixes of a, columns for prefixes of b; each cell the length of the longest common
// subsequence of the two.
class LcsTable {
 public:
  LcsTable(std::string_view a, std::string_view b)
      : a_(a), b_(b), width_(b.size() + 1), cells_((a.size() + 1) * width_, 0) {
    for (std::size_t i = 1; i <= a.size(); ++i) {
      for (std::size_t j = 1; j <= b.size(); ++j) {
        cells_[i * width_ + j] =
            a[i - 1] == b[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
      }
    }
  }
  std::uint32_t length() const { return at(a_.size(), b_.size()); }

  // Walks back from the ends; matches come last first.
  std::string walk(std::vector<LcsMatch>& matches) const {
    std::string common(length(), '\0');
    std::size_t left = common.size();
    std::size_t i = a_.size();
    std::size_t j = b_.size();
    bool open = false;
    LcsMatch match{};
    const auto close = [&] {
      if (open) matches.push_back(match);
      open = false;
    };
    while (left > 0) {
      if (a_[i - 1] == b_[j - 1]) {
        common[--left] = a_[i - 1];
        if (open && match.a_start == i && match.b_start == j) {
          --match.a_start;
          --match.b_start;
        } else {
          close();
          match = {i - 1, i - 1, j - 1, j - 1};
          open = true;
        }
        --i;
        --j;
      } else {
        close();
        if (at(i - 1, j) > at(i, j - 1)) {
          --i;
        } else {
          --j;
        }
      }
    }
    close();
    return common;
  }

 private:
  std::uint32_t at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }

  std::string_view a_;
  std::string_view b_;
  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

constexpr std::uint64_t kLcsCellsPerElement = 100;  // what takes as long as an element of a set
constexpr std::uint64_t kMaxLcsCells = (512ULL * 1024 * 1024) / sizeof(std::uint32_t);

void reply_matches(const std::vector<LcsMatch>& matches, std::uint32_t length,
                   const LcsOptions& options, Reply& reply) {
  reply.map_header(2);
  reply.bulk("matches");
  const std::size_t mark = reply.mark();
  std::size_t count = 0;
  const auto reply_ends = [&](std::size_t start, std::size_t end) {
    reply.array_header(2);
    reply.integer(static_cast<std::int64_t>(start));
    reply.integer(static_cast<std::int64_t>(end));
  };
  for (const LcsMatch& match : matches) {
    if (static_cast<std::int64_t>(match.length()) < options.min_match) continue;
    ++count;
    reply.array_header(options.match_lengths ? 3 : 2);
    reply_ends(match.a_start, match.a_end);
    reply_ends(match.b_start, match.b_end);
    if (options.match_lengths) reply.integer(static_cast<std::int64_t>(match.length()));
  }
  reply.insert_array_header(mark, count);
  reply.bulk("len");
  reply.integer(length);
}

void lcs_command(CommandContext& context, Args args, Reply& reply) {
  const KeyEntry* a = context.read_entry(args[1]);
  const KeyEntry* b = context.read_entry(args[2]);
  if ((a != nullptr && !a->value.is_string()) || (b != nullptr && !b->value.is_string())) {
    return reply.error("ERR The specified keys must contain string values");
  }
  LcsOptions options;
  for (std::size_t i = 3; i < args.size(); ++i) {
    if (is_word(args[i], "idx")) {
      options.indexes = true;
    } else if (is_word(args[i], "len")) {
      options.length = true;
    } else if (is_word(args[i], "withmatchlen")) {
      options.match_lengths = true;
    } else if (is_word(args[i], "minmatchlen") && i + 1 < args.size()) {
      const auto least = integer_argument(args[++i], reply);
      if (!least) return;
      options.min_match = std::max<std::int64_t>(*least, 0);
    } else {
      return reply.syntax_error();
    }
  }
  if (options.length && options.indexes) {
    return reply.error("ERR If you want both the length and indexes, please just use IDX.");
  }
  const std::string first = a == nullptr ? "" : a->value.as<StringValue>().to_string();
  const std::string second = b == nullptr ? "" : b->value.as<StringValue>().to_string();
  if ((first.size() + 1) * (second.size() + 1) > kMaxLcsCells) {
    return reply.error(
        "ERR Insufficient memory, transient memory for LCS exceeds "
        "proto-max-bulk-len");
  }
  if (context.defer(first.size() * second.size() / kLcsCellsPerElement)) return;
  const LcsTable table(first, second);
  if (options.length) return reply.integer(table.length());
  std::vector<LcsMatch> matches;
  const std::string common = table.walk(matches);
  if (!options.indexes) return reply.bulk(common);
  reply_matches(matches, table.length(), options, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"append", 3, kWrite | kDenyOom | kFast, 1, 1, 1, append_command, "string", "2.0.0",
                "Append a value to a key"}
        .with_use(use::kRW | use::kInsert),
    CommandSpec{"decr", 2, kWrite | kDenyOom | kFast, 1, 1, 1, decr_command, "string", "1.0.0",
                "Decrement the integer value of a key by one"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    CommandSpec{"decrby", 3, kWrite | kDenyOom | kFast, 1, 1, 1, decrby_command, "string", "1.0.0",
                "Decrement the integer value of a key by the given number"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    {"get", 2, kReadonly | kFast, 1, 1, 1, get_command, "string", "1.0.0",
     "Get the value of a key"},
    CommandSpec{"getdel", 2, kWrite | kFast, 1, 1, 1, getdel_command, "string", "6.2.0",
                "Get the value of a key and delete the key"}
        .with_use(use::kRW | use::kAccess | use::kDelete),
    CommandSpec{"getex", -2, kWrite | kFast, 1, 1, 1, getex_command, "string", "6.2.0",
                "Get the value of a key and optionally set its expiration"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    {"getrange", 4, kReadonly, 1, 1, 1, getrange_command, "string", "2.4.0",
     "Get a substring of the string stored at a key"},
    CommandSpec{"getset", 3, kWrite | kDenyOom | kFast, 1, 1, 1, getset_command, "string", "1.0.0",
                "Set the string value of a key and return its old value"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    CommandSpec{"incr", 2, kWrite | kDenyOom | kFast, 1, 1, 1, incr_command, "string", "1.0.0",
                "Increment the integer value of a key by one"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    CommandSpec{"incrby", 3, kWrite | kDenyOom | kFast, 1, 1, 1, incrby_command, "string", "1.0.0",
                "Increment the integer value of a key by the given amount"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    CommandSpec{"incrbyfloat", 3, kWrite | kDenyOom | kFast, 1, 1, 1, incrbyfloat_command, "string",
                "2.6.0", "Increment the float value of a key by the given amount"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    {"lcs", -3, kReadonly, 1, 2, 1, lcs_command, "string", "7.0.0",
     "Find longest common substring"},
    {"mget", -2, kReadonly | kFast, 1, -1, 1, mget_command, "string", "1.0.0",
     "Get the values of all the given keys"},
    CommandSpec{"mset", -3, kWrite | kDenyOom, 1, -1, 2, mset_command, "string", "1.0.1",
                "Set multiple keys to multiple values"}
        .with_use(use::kOW | use::kUpdate),
    CommandSpec{"msetnx", -3, kWrite | kDenyOom, 1, -1, 2, msetnx_command, "string", "1.0.1",
                "Set multiple keys to multiple values, only if none of the keys exist"}
        .with_use(use::kOW | use::kInsert),
    CommandSpec{"psetex", 4, kWrite | kDenyOom | kMakesFirst, 1, 1, 1, psetex_command, "string",
                "2.6.0", "Set the value and expiration in milliseconds of a key"}
        .with_use(use::kOW | use::kUpdate),
    CommandSpec{"set", -3, kWrite | kDenyOom | kMakesFirst | kFastIfSmall, 1, 1, 1, set_command,
                "string", "1.0.0", "Set the string value of a key"}
        .with_use(use::kOW | use::kUpdate),
    CommandSpec{"setex", 4, kWrite | kDenyOom | kMakesFirst | kFastIfSmall, 1, 1, 1, setex_command,
                "string", "2.0.0", "Set the value and expiration of a key"}
        .with_use(use::kOW | use::kUpdate),
    CommandSpec{"setnx", 3, kWrite | kDenyOom | kFast | kMakesFirst, 1, 1, 1, setnx_command,
                "string", "1.0.0", "Set the value of a key, only if the key does not exist"}
        .with_use(use::kOW | use::kInsert),
    CommandSpec{"setrange", 4, kWrite | kDenyOom, 1, 1, 1, setrange_command, "string", "2.2.0",
                "Overwrite part of a string at key starting at the specified offset"}
        .with_use(use::kRW | use::kUpdate),
    CommandSpec{"strlen", 2, kReadonly | kFast, 1, 1, 1, strlen_command, "string", "2.2.0",
                "Get the length of the value stored in a key"}
        .with_use(use::kRO),
    {"substr", 4, kReadonly, 1, 1, 1, substr_command, "string", "1.0.0",
     "Get a substring of the string stored at a key"},
};

}  // namespace

std::span<const CommandSpec> string_commands() { return kRows; }

}  // namespace octavo::keyspace
