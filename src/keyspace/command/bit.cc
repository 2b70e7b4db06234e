// Strings as bit arrays. Bit 0 is the highest bit of byte 0.

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"

namespace octavo::keyspace {
namespace {

__extension__ using Int128 = __int128;

constexpr std::string_view kBitOffsetError = "ERR bit offset is not an integer or out of range";

// In a BITFIELD, "#3" is the third field of that width.
std::optional<std::uint64_t> bit_offset(CommandContext& context, std::string_view argument,
                                        Reply& reply, unsigned field_bits = 0) {
  std::string_view digits = argument;
  const bool scaled = field_bits > 0 && !digits.empty() && digits[0] == '#';
  if (scaled) digits.remove_prefix(1);
  const auto value = parse_int64(digits);
  std::int64_t offset = 0;
  if (!value || *value < 0 ||
      __builtin_mul_overflow(*value, scaled ? static_cast<std::int64_t>(field_bits) : 1, &offset) ||
      (offset >> 3) >= context.keyspace().max_string_bytes()) {
    reply.error(kBitOffsetError);
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(offset);
}

bool bit_at(std::string_view bytes, std::uint64_t offset) {
  const std::uint64_t byte = offset >> 3;
  if (byte >= bytes.size()) return false;
  return ((static_cast<unsigned char>(bytes[byte]) >> (7 - (offset & 7))) & 1) != 0;
}

// Whether a value must grow, or come to be, to have so many bytes.
bool is_shorter(const KeyEntry* entry, std::size_t size) {
  return entry == nullptr || entry->value.as<StringValue>().size() < size;
}

// The value's bytes, made at least `size` long, for changing in place; to be committed when they
// were.
struct Writable {
  KeyEntry* entry = nullptr;
  char* bytes = nullptr;
};
Writable writable(CommandContext& context, KeyEntry* found, std::string_view key,
                  std::size_t size) {
  KeyEntry& entry = found != nullptr ? *found : context.create<StringValue>(key);
  auto& value = context.prepare<StringValue>(entry);
  return {&entry, value.resize(std::max(size, value.size()))};
}

void setbit_command(CommandContext& context, Args args, Reply& reply) {
  const auto offset = bit_offset(context, args[2], reply);
  if (!offset) return;
  const auto bit =
      bounded_argument(args[3], 0, 1, reply, "ERR bit is not an integer or out of range");
  if (!bit) return;
  const auto found = context.write<StringValue>(args[1], reply);
  if (!found) return;
  const bool grows = is_shorter(*found, (*offset >> 3) + 1);
  const auto [entry, bytes] = writable(context, *found, args[1], (*offset >> 3) + 1);
  auto& byte = reinterpret_cast<unsigned char&>(bytes[*offset >> 3]);
  const auto shift = 7 - (*offset & 7);
  const int before = (byte >> shift) & 1;
  byte =
      static_cast<unsigned char>((byte & ~(1U << shift)) | (static_cast<unsigned>(*bit) << shift));
  if (grows || before != *bit) {
    context.commit(*entry);
    context.notify(EventClass::string, "setbit", args[1]);
  }
  reply.integer(before);
}

void getbit_command(CommandContext& context, Args args, Reply& reply) {
  const auto offset = bit_offset(context, args[2], reply);
  if (!offset) return;
  const auto value = context.read<StringValue>(args[1], reply);
  if (!value) return;
  if (*value == nullptr) return reply.integer(0);
  StringValue::Scratch scratch;
  reply.integer(bit_at((*value)->view(scratch), *offset) ? 1 : 0);
}

// --- counting and finding ---

std::uint64_t count_ones(std::string_view bytes) {
  std::uint64_t ones = 0;
  while (bytes.size() >= 8) {
    ones += static_cast<std::uint64_t>(std::popcount(load_le<std::uint64_t>(bytes.data())));
    bytes.remove_prefix(8);
  }
  for (const char c : bytes) {
    ones += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned char>(c)));
  }
  return ones;
}

// The first bit equal to `bit` in [start, stop), or stop.
std::uint64_t find_bit(std::string_view bytes, std::uint64_t start, std::uint64_t stop, bool bit) {
  const auto skip = static_cast<char>(bit ? 0 : 0xff);
  for (std::uint64_t at = start; at < stop;) {
    if ((at & 7) == 0 && at + 8 <= stop && bytes[at >> 3] == skip) {
      at += 8;
    } else if (bit_at(bytes, at) == bit) {
      return at;
    } else {
      ++at;
    }
  }
  return stop;
}

struct BitRange {
  std::uint64_t start = 0;  // in bits
  std::uint64_t stop = 0;
  bool end_given = false;
};

// `args` are [start [end [BYTE|BIT]]].
std::optional<BitRange> bit_range(Args args, std::uint64_t bytes, bool counting, Reply& reply) {
  BitRange range{0, bytes * 8, args.size() >= 2};
  if (args.empty()) return range;
  const auto start = integer_argument(args[0], reply);
  if (!start) return std::nullopt;
  bool in_bits = false;
  std::int64_t end = -1;
  if (args.size() >= 2) {
    if (args.size() > 3) {
      reply.syntax_error();
      return std::nullopt;
    }
    const auto given = integer_argument(args[1], reply);
    if (!given) return std::nullopt;
    end = *given;
    // Two negative ends in the wrong order: nothing for BITCOUNT, while BITPOS moves both to 0.
    if (counting && *start < 0 && end < 0 && *start > end) return BitRange{0, 0, true};
    if (args.size() == 3) {
      in_bits = is_word(args[2], "bit");
      if (!in_bits && !is_word(args[2], "byte")) {
        reply.syntax_error();
        return std::nullopt;
      }
    }
  }
  const std::uint64_t units = in_bits ? bytes * 8 : bytes;
  const auto first = -static_cast<std::int64_t>(units);  // an end before the start is the start
  const IndexRange picked = index_range(*start, std::max(end, first), units);
  const std::uint64_t scale = in_bits ? 1 : 8;
  range.start = picked.start * scale;
  range.stop = picked.empty() ? range.start : picked.stop * scale;
  return range;
}

void bitcount_command(CommandContext& context, Args args, Reply& reply) {
  const auto value = context.read<StringValue>(args[1], reply);
  if (!value) return;
  if (*value == nullptr) return reply.integer(0);
  if (args.size() == 3 || args.size() > 5) return reply.syntax_error();
  StringValue::Scratch scratch;
  const std::string_view bytes = (*value)->view(scratch);
  const auto range = bit_range(args.subspan(2), bytes.size(), true, reply);
  if (!range) return;
  if (range->start >= range->stop) return reply.integer(0);
  if (context.defer(Object::cost_of_text((range->stop - range->start) / 8))) return;
  std::uint64_t ones = 0;
  std::uint64_t at = range->start;
  for (; at < range->stop && (at & 7) != 0; ++at) ones += bit_at(bytes, at) ? 1 : 0;
  if (at < range->stop) {
    const std::uint64_t whole = (range->stop - at) / 8;
    ones += count_ones(bytes.substr(at >> 3, whole));
    at += whole * 8;
  }
  for (; at < range->stop; ++at) ones += bit_at(bytes, at) ? 1 : 0;
  reply.integer(static_cast<std::int64_t>(ones));
}

void bitpos_command(CommandContext& context, Args args, Reply& reply) {
  const auto bit = integer_argument(args[2], reply);
  if (!bit) return;
  if (*bit != 0 && *bit != 1) return reply.error("ERR The bit argument must be 1 or 0.");
  const auto value = context.read<StringValue>(args[1], reply);
  if (!value) return;
  if (*value == nullptr) return reply.integer(*bit == 1 ? -1 : 0);
  StringValue::Scratch scratch;
  const std::string_view bytes = (*value)->view(scratch);
  const auto range = bit_range(args.subspan(3), bytes.size(), false, reply);
  if (!range) return;
  if (range->start >= range->stop) return reply.integer(-1);
  if (context.defer(Object::cost_of_text((range->stop - range->start) / 8))) return;
  const std::uint64_t found = find_bit(bytes, range->start, range->stop, *bit == 1);
  if (found < range->stop) return reply.integer(static_cast<std::int64_t>(found));
  // Behind the string there are only zeros, unless the caller closed the range.
  if (*bit == 0 && !range->end_given) {
    return reply.integer(static_cast<std::int64_t>(bytes.size() * 8));
  }
  reply.integer(-1);
}

// --- BITOP ---

enum class BitOperation : std::uint8_t { land, lor, lxor, lnot };

void bitop_command(CommandContext& context, Args args, Reply& reply) {
  BitOperation operation{};
  if (is_word(args[1], "and")) {
    operation = BitOperation::land;
  } else if (is_word(args[1], "or")) {
    operation = BitOperation::lor;
  } else if (is_word(args[1], "xor")) {
    operation = BitOperation::lxor;
  } else if (is_word(args[1], "not")) {
    operation = BitOperation::lnot;
  } else {
    return reply.syntax_error();
  }
  if (operation == BitOperation::lnot && args.size() != 4) {
    return reply.error("ERR BITOP NOT must be called with a single source key.");
  }
  std::vector<std::string> sources;
  std::size_t size = 0;
  for (const std::string_view key : args.subspan(3)) {
    const auto value = context.read<StringValue>(key, reply);
    if (!value) return;
    sources.push_back(*value == nullptr ? std::string() : (*value)->to_string());
    size = std::max(size, sources.back().size());
  }
  if (size == 0) {
    if (context.erase_key(args[2])) context.notify(EventClass::generic, "del", args[2]);
    return reply.integer(0);
  }
  // Missing bytes are zero.
  std::string result = std::move(sources[0]);
  result.resize(size, '\0');
  if (operation == BitOperation::lnot) {
    for (char& c : result) c = static_cast<char>(~c);
  }
  for (std::size_t i = 1; i < sources.size(); ++i) {
    std::string& other = sources[i];
    other.resize(size, '\0');
    for (std::size_t k = 0; k < size; ++k) {
      switch (operation) {
        case BitOperation::land: result[k] = static_cast<char>(result[k] & other[k]); break;
        case BitOperation::lor: result[k] = static_cast<char>(result[k] | other[k]); break;
        case BitOperation::lxor: result[k] = static_cast<char>(result[k] ^ other[k]); break;
        case BitOperation::lnot: break;
      }
    }
  }
  auto value = StringValue::from_bytes(result);
  value.mark_raw();
  context.put(args[2], Object(std::move(value)));
  context.notify(EventClass::string, "set", args[2]);
  reply.integer(static_cast<std::int64_t>(size));
}

// --- BITFIELD ---

struct FieldType {
  bool is_signed = false;
  unsigned bits = 0;
};

constexpr std::string_view kFieldTypeError =
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "
    "i64 is.";

std::optional<FieldType> field_type(std::string_view argument, Reply& reply) {
  FieldType type;
  if (!argument.empty() && (argument[0] == 'i' || argument[0] == 'u')) {
    type.is_signed = argument[0] == 'i';
    const auto bits = parse_int64(argument.substr(1));
    if (bits && *bits >= 1 && *bits <= (type.is_signed ? 64 : 63)) {
      type.bits = static_cast<unsigned>(*bits);
      return type;
    }
  }
  reply.error(kFieldTypeError);
  return std::nullopt;
}

enum class FieldAction : std::uint8_t { get, set, increment };
enum class Overflow : std::uint8_t { wrap, saturate, fail };

struct FieldOperation {
  FieldAction action;
  FieldType type;
  std::uint64_t offset;
  std::int64_t argument;
  Overflow overflow;
};

std::uint64_t mask_of(unsigned bits) {
  return bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

std::int64_t read_field(std::string_view bytes, const FieldOperation& field) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < field.type.bits; ++i) {
    value = (value << 1) | (bit_at(bytes, field.offset + i) ? 1U : 0U);
  }
  if (field.type.is_signed && field.type.bits < 64 && ((value >> (field.type.bits - 1)) & 1) != 0) {
    value |= ~mask_of(field.type.bits);
  }
  return static_cast<std::int64_t>(value);
}

void write_field(char* bytes, const FieldOperation& field, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  for (unsigned i = 0; i < field.type.bits; ++i) {
    const std::uint64_t at = field.offset + i;
    const auto shift = 7 - (at & 7);
    auto& byte = reinterpret_cast<unsigned char&>(bytes[at >> 3]);
    const auto bit = static_cast<unsigned>((bits >> (field.type.bits - 1 - i)) & 1);
    byte = static_cast<unsigned char>((byte & ~(1U << shift)) | (bit << shift));
  }
}

// The number within the field's range; nullopt when it does not fit and must fail.
std::optional<std::int64_t> fit_in_range(const FieldOperation& field, Int128 sum) {
  const unsigned bits = field.type.bits;
  const Int128 high = field.type.is_signed ? (static_cast<Int128>(1) << (bits - 1)) - 1
                                           : (static_cast<Int128>(1) << bits) - 1;
  const Int128 low = field.type.is_signed ? -(static_cast<Int128>(1) << (bits - 1)) : 0;
  if (sum >= low && sum <= high) return static_cast<std::int64_t>(sum);
  switch (field.overflow) {
    case Overflow::fail: return std::nullopt;
    case Overflow::saturate: return static_cast<std::int64_t>(sum > high ? high : low);
    case Overflow::wrap: break;
  }
  std::uint64_t wrapped = static_cast<std::uint64_t>(sum) & mask_of(bits);
  if (field.type.is_signed && bits < 64 && ((wrapped >> (bits - 1)) & 1) != 0) {
    wrapped |= ~mask_of(bits);
  }
  return static_cast<std::int64_t>(wrapped);
}

bool parse_fields(CommandContext& context, Args args, std::vector<FieldOperation>& operations,
                  Reply& reply) {
  Overflow overflow = Overflow::wrap;
  for (std::size_t i = 2; i < args.size();) {
    const std::size_t left = args.size() - i - 1;
    FieldOperation operation{FieldAction::get, {}, 0, 0, overflow};
    std::size_t used = 3;
    if (is_word(args[i], "get") && left >= 2) {
      operation.action = FieldAction::get;
    } else if (is_word(args[i], "set") && left >= 3) {
      operation.action = FieldAction::set;
      used = 4;
    } else if (is_word(args[i], "incrby") && left >= 3) {
      operation.action = FieldAction::increment;
      used = 4;
    } else if (is_word(args[i], "overflow") && left >= 1) {
      if (is_word(args[i + 1], "wrap")) {
        overflow = Overflow::wrap;
      } else if (is_word(args[i + 1], "sat")) {
        overflow = Overflow::saturate;
      } else if (is_word(args[i + 1], "fail")) {
        overflow = Overflow::fail;
      } else {
        reply.error("ERR Invalid OVERFLOW type specified");
        return false;
      }
      i += 2;
      continue;
    } else {
      reply.syntax_error();
      return false;
    }
    const auto type = field_type(args[i + 1], reply);
    if (!type) return false;
    operation.type = *type;
    const auto offset = bit_offset(context, args[i + 2], reply, type->bits);
    if (!offset) return false;
    operation.offset = *offset;
    if (used == 4) {
      const auto argument = integer_argument(args[i + 3], reply);
      if (!argument) return false;
      operation.argument = *argument;
    }
    operations.push_back(operation);
    i += used;
  }
  return true;
}

void reply_get(std::string_view bytes, const FieldOperation& operation, Reply& reply) {
  reply.integer(read_field(bytes, operation));
}

void bitfield_command(CommandContext& context, Args args, Reply& reply) {
  std::vector<FieldOperation> operations;
  if (!parse_fields(context, args, operations, reply)) return;
  std::uint64_t highest = 0;
  bool writes = false;
  for (const FieldOperation& operation : operations) {
    if (operation.action == FieldAction::get) continue;
    writes = true;
    highest = std::max(highest, operation.offset + operation.type.bits - 1);
  }
  const auto found = context.write<StringValue>(args[1], reply);
  if (!found) return;
  StringValue::Scratch scratch;
  std::string_view bytes = *found == nullptr ? "" : (*found)->value.as<StringValue>().view(scratch);
  Writable target;
  const bool grows = writes && is_shorter(*found, (highest >> 3) + 1);
  if (writes) {
    const std::size_t size = std::max<std::size_t>(bytes.size(), (highest >> 3) + 1);
    target = writable(context, *found, args[1], size);
    bytes = {target.bytes, size};
  }
  reply.array_header(operations.size());
  bool changed = false;
  for (const FieldOperation& operation : operations) {
    if (operation.action == FieldAction::get) {
      reply_get(bytes, operation, reply);
      continue;
    }
    const std::int64_t before = read_field(bytes, operation);
    const bool increment = operation.action == FieldAction::increment;
    // A negative number for an unsigned field is a large one.
    const Int128 argument =
        !increment && !operation.type.is_signed
            ? static_cast<Int128>(static_cast<std::uint64_t>(operation.argument))
            : static_cast<Int128>(operation.argument);
    const auto after = fit_in_range(operation, increment ? before + argument : argument);
    if (!after) {
      reply.null();
      continue;
    }
    write_field(target.bytes, operation, *after);
    reply.integer(increment ? *after : before);
    changed = changed || grows || before != *after;
  }
  if (changed || grows) context.commit(*target.entry);
  if (changed) context.notify(EventClass::string, "setbit", args[1]);
}

void bitfield_ro_command(CommandContext& context, Args args, Reply& reply) {
  std::vector<FieldOperation> operations;
  if (!parse_fields(context, args, operations, reply)) return;
  for (const FieldOperation& operation : operations) {
    if (operation.action != FieldAction::get) {
      return reply.error("ERR BITFIELD_RO only supports the GET subcommand");
    }
  }
  const auto value = context.read<StringValue>(args[1], reply);
  if (!value) return;
  StringValue::Scratch scratch;
  const std::string_view bytes = *value == nullptr ? "" : (*value)->view(scratch);
  reply.array_header(operations.size());
  for (const FieldOperation& operation : operations) reply_get(bytes, operation, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"setbit", 4, kWrite | kDenyOom, 1, 1, 1, setbit_command, "bitmap", "2.2.0",
                "Sets or clears the bit at offset in the string value stored at key"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    {"getbit", 3, kReadonly | kFast, 1, 1, 1, getbit_command, "bitmap", "2.2.0",
     "Returns the bit value at offset in the string value stored at key"},
    {"bitcount", -2, kReadonly, 1, 1, 1, bitcount_command, "bitmap", "2.6.0",
     "Count set bits in a string"},
    {"bitpos", -3, kReadonly, 1, 1, 1, bitpos_command, "bitmap", "2.8.7",
     "Find first bit set or clear in a string"},
    CommandSpec{"bitop", -4, kWrite | kDenyOom, 2, -1, 1, bitop_command, "bitmap", "2.6.0",
                "Perform bitwise operations between strings"}
        .with_use(use::kOW | use::kUpdate, use::kRO | use::kAccess),
    CommandSpec{"bitfield", -2, kWrite | kDenyOom, 1, 1, 1, bitfield_command, "bitmap", "3.2.0",
                "Perform arbitrary bitfield integer operations on strings"}
        .with_use(use::kRW | use::kAccess | use::kUpdate),
    {"bitfield_ro", -2, kReadonly | kFast, 1, 1, 1, bitfield_ro_command, "bitmap", "6.0.0",
     "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD"},
};

}  // namespace

std::span<const CommandSpec> bit_commands() { return kRows; }

}  // namespace octavo::keyspace
