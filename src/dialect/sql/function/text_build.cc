// Texts that are made of others.

#include <unicode/uchar.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dialect/sql/function/characters.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/function/named_numbers.h"
#include "dialect/sql/function/operators.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kConcat = op::kConcat,  // (strings ...)
  kConcatWith,            // (separator, strings ...); nulls are left out
  kRepeat,                // (string, times, most bytes)
  kReplace,               // (string, what, with, most bytes)
  kReverse,               // (string)
  kUpper,                 // (text)
  kLower,                 // (text)
  kQuote,                 // (string)
  kCharBytes,             // (integers ...) → bytes; nulls are left out
  kCharText,              // (collation, integers ...) → text
  kMakeSet,               // (bits, strings ...)
  kExportSet,             // (bits, on, off, separator, how many)
};

Result<bool> any_bytes(Args args) {
  bool bytes = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i].is_null()) continue;
    TRY_STATUS(string_at(args, i));
    bytes = bytes || args[i].type() == value::Type::bytes;
  }
  return bytes;
}

Value made(bool bytes, std::string_view content) {
  return bytes ? Value::bytes(content) : Value::string(content);
}

Result<Value> concat(const SingleCall& call, Args args) {
  TRY(const bool bytes, any_bytes(args));
  std::size_t size = 0;
  for (std::size_t i = 0; i < args.size(); ++i) size += string_at(args, i)->size();
  TRY_STATUS(call.context.require(size));
  std::string out;
  out.reserve(size);
  for (std::size_t i = 0; i < args.size(); ++i) out.append(*string_at(args, i));
  return made(bytes, out);
}

// Those that are not null, with the separator between them.
Result<std::string> joined(const SingleCall& call, Args strings, std::string_view separator) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (!strings[i].is_null()) size += string_at(strings, i)->size() + separator.size();
  }
  TRY_STATUS(call.context.require(size));
  std::string out;
  bool first = true;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (strings[i].is_null()) continue;
    if (!first) out.append(separator);
    first = false;
    out.append(*string_at(strings, i));
  }
  return out;
}

Result<Value> concat_with(const SingleCall& call, Args args) {
  if (args[0].is_null()) return Value();
  TRY(const bool bytes, any_bytes(args));
  TRY(const std::string out, joined(call, args.subspan(1), *string_at(args, 0)));
  return made(bytes, out);
}

Result<Value> repeat(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::int64_t times, integer_at(args, 1));
  TRY(const std::uint64_t most, bits_at(args, 2));
  if (times <= 0 || text.empty()) return string_like(args[0], {});
  if (static_cast<std::uint64_t>(times) > most / text.size()) {
    return too_large(call, "repeat", most);
  }
  const std::size_t size = text.size() * static_cast<std::size_t>(times);
  TRY_STATUS(call.context.require(size));
  std::string out;
  out.reserve(size);
  for (std::int64_t i = 0; i < times; ++i) out.append(text);
  return string_like(args[0], out);
}

// As the bytes are, whatever the collation.
Result<Value> replace(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::string_view what, string_at(args, 1));
  TRY(const std::string_view with, string_at(args, 2));
  TRY(const std::uint64_t most, bits_at(args, 3));
  TRY(const bool bytes, any_bytes(args.first(3)));
  if (what.empty()) return made(bytes, text);
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(what); found != text.npos; found = text.find(what, at)) {
    if (out.size() + found - at + with.size() > most) return too_large(call, "replace", most);
    TRY_STATUS(call.context.require(out.size() + found - at + with.size()));
    out.append(text.substr(at, found - at)).append(with);
    at = found + what.size();
  }
  return made(bytes, out.append(text.substr(at)));
}

Result<Value> reverse(const SingleCall&, Args args) {
  TRY(std::string_view text, string_at(args, 0));
  std::string out;
  out.reserve(text.size());
  if (args[0].type() == value::Type::bytes) {
    return Value::bytes(out.append(text.rbegin(), text.rend()));
  }
  out.resize(text.size());
  std::size_t end = text.size();
  while (!text.empty()) {
    const std::string_view before = text;
    value::take_code_point(text);
    const std::size_t size = before.size() - text.size();
    end -= size;
    std::copy_n(before.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(end));
  }
  return Value::string(out);
}

template <UChar32 (*kMap)(UChar32)>
Result<Value> with_case(const SingleCall&, Args args) {
  TRY(std::string_view text, string_at(args, 0));
  if (args[0].type() == value::Type::bytes) return args[0];
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char32_t c = value::take_code_point(text);
    value::append_utf8(out, static_cast<char32_t>(kMap(static_cast<UChar32>(c))));
  }
  return Value::string(out);
}

UChar32 upper(UChar32 c) { return u_toupper(c); }
UChar32 lower(UChar32 c) { return u_tolower(c); }

Result<Value> quote(const SingleCall&, Args args) {
  if (args[0].is_null()) return Value::string("NULL");
  TRY(const std::string_view text, string_at(args, 0));
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\0': out.append("\\0"); break;
      case '\x1a': out.append("\\Z"); break;
      case '\'':
      case '\\': out.push_back('\\'); [[fallthrough]];
      default: out.push_back(c);
    }
  }
  return string_like(args[0], out.append("'"));
}

// The bytes of each number, without zeroes before them.
Result<Bytes> bytes_of_numbers(Args args) {
  Bytes out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i].is_null()) continue;
    TRY(const std::uint64_t bits, bits_at(args, i));
    const auto number = static_cast<std::uint32_t>(bits);
    for (int shift = 24; shift >= 0; shift -= 8) {
      if (shift == 0 || (number >> shift) != 0) out.push_back(static_cast<char>(number >> shift));
    }
  }
  return out;
}

Result<Value> char_bytes(const SingleCall&, Args args) {
  TRY(const Bytes bytes, bytes_of_numbers(args));
  return Value::bytes(bytes);
}

Result<Value> char_text(const SingleCall& call, Args args) {
  TRY(const value::Collation* collation, collation_at(args, 0));
  TRY(const Bytes bytes, bytes_of_numbers(args.subspan(1)));
  const value::Charset& charset = value::charset_of(collation->charset);
  std::string text;
  if (charset.to_utf8(bytes, text)) return Value::string(text);
  const std::size_t bad = value::find_invalid_utf8(bytes).value_or(0);
  std::string shown;
  for (const char c : std::string_view(bytes).substr(bad, 6)) {
    const auto byte = static_cast<unsigned char>(c);
    shown.push_back("0123456789ABCDEF"[byte >> 4U]);
    shown.push_back("0123456789ABCDEF"[byte & 0xfU]);
  }
  warn(call.context, error<1300>(charset.name, shown).error());
  return Value();
}

Result<Value> make_set(const SingleCall& call, Args args) {
  if (args[0].is_null()) return Value();
  TRY(const std::uint64_t bits, bits_at(args, 0));
  TRY(const bool bytes, any_bytes(args.subspan(1)));
  std::vector<Value> chosen;
  for (std::size_t i = 0; i + 1 < args.size() && i < 64; ++i) {
    if (((bits >> i) & 1U) != 0) chosen.push_back(args[i + 1]);
  }
  TRY(const std::string out, joined(call, chosen, ","));
  return made(bytes, out);
}

Result<Value> export_set(const SingleCall& call, Args args) {
  TRY(const std::uint64_t bits, bits_at(args, 0));
  TRY(const std::int64_t count, integer_at(args, 4));
  TRY(const bool bytes, any_bytes(args.subspan(1, 3)));
  const std::size_t all = count < 0 || count > 64 ? 64 : static_cast<std::size_t>(count);
  std::vector<Value> chosen;
  for (std::size_t i = 0; i < all; ++i)
    chosen.push_back(((bits >> i) & 1U) != 0 ? args[1] : args[2]);
  TRY(const std::string out, joined(call, chosen, *string_at(args, 3)));
  return made(bytes, out);
}

constexpr OperationRow kOperations[] = {
    strict(kConcat, "sql.concat", 1, concat),
    lenient(kConcatWith, "sql.concat_ws", 1, concat_with),
    strict(kRepeat, "sql.repeat", 3, repeat),
    strict(kReplace, "sql.replace", 4, replace),
    strict(kReverse, "sql.reverse", 1, reverse),
    strict(kUpper, "sql.upper", 1, with_case<upper>),
    strict(kLower, "sql.lower", 1, with_case<lower>),
    lenient(kQuote, "sql.quote", 1, quote),
    lenient(kCharBytes, "sql.char_bytes", 1, char_bytes, "char"),
    lenient(kCharText, "sql.char_text", 1, char_text, "char"),
    lenient(kMakeSet, "sql.make_set", 2, make_set),
    strict(kExportSet, "sql.export_set", 5, export_set),
};

Status all_to_string(CallBinder& call, std::size_t first = 0) {
  for (std::size_t i = first; i < call.size(); ++i) TRY_STATUS(call.to_string(i));
  return {};
}

std::uint64_t widths(const CallBinder& call, std::size_t first = 0) {
  std::uint64_t all = 0;
  for (std::size_t i = first; i < call.size(); ++i) all += call.type(i).width;
  return all;
}

Result<Typed> bind_concat(CallBinder& call) {
  TRY_STATUS(all_to_string(call));
  TRY(Type type, common_string(call, widths(call)));
  return call.make(kConcat, std::move(type));
}

Result<Typed> bind_concat_with(CallBinder& call) {
  TRY_STATUS(all_to_string(call));
  const std::uint64_t separators = std::uint64_t{call.type(0).width} * (call.size() - 2);
  TRY(Type type, common_string(call, widths(call, 1) + separators));
  return call.make(kConcatWith, with_null(std::move(type), call.type(0).nullable));
}

Result<Typed> bind_repeat(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_integer(1));
  std::uint64_t width = kMaxWidth;
  if (const Value* times = call.constant(1); times != nullptr && times->is_number()) {
    const auto count =
        std::clamp<std::int64_t>(times->to_int64().value_or(kMaxWidth), 0, kMaxWidth);
    width = static_cast<std::uint64_t>(count) * call.type(0).width;
  }
  const Type type = with_null(string_type(call.type(0), width), true);
  return call.make(kRepeat, type, {packet_limit(call)});
}

// REPEAT(' ', n)
Result<Typed> bind_space(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  const Type blank = never_null(session_text(call, 1));
  std::vector<CallArgument> arguments{{.value = {algebra::constant(Value::string(" ")), blank}},
                                      call.argument(0)};
  CallBinder repeated(call.name(), std::move(arguments), call.context());
  return bind_repeat(repeated);
}

Result<Typed> bind_replace(CallBinder& call) {
  TRY_STATUS(all_to_string(call));
  const std::uint64_t most_found = call.type(0).width;
  const std::uint64_t width = most_found * std::max<std::uint64_t>(call.type(2).width, 1);
  TRY(Type type, common_string(call, width));
  return call.make(kReplace, with_null(std::move(type), true), {packet_limit(call)});
}

template <std::uint16_t kNumber>
Result<Typed> bind_same_length(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kNumber, string_type(call.type(0), call.type(0).width));
}

Result<Typed> bind_quote(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kQuote, string_type(call.type(0), 2ULL * call.type(0).width + 2));
}

// CHAR(77, 121 USING utf8mb4): the name of the set is the last argument.
Result<Typed> bind_char(CallBinder& call) {
  std::size_t numbers = call.size();
  const value::Charset* charset = nullptr;
  if (call.argument(numbers - 1).before == "using") {
    --numbers;
    const std::string_view name = call.argument(numbers).word;
    charset = value::find_charset(name);
    if (charset == nullptr) return error<1115>(name);
  }
  std::vector<Typed> arguments;
  for (std::size_t i = 0; i < numbers; ++i) {
    TRY_STATUS(call.to_integer(i));
    arguments.push_back(call[i]);
  }
  const auto width = static_cast<std::uint32_t>(4 * numbers);
  if (charset == nullptr || charset->id == value::CharsetId::binary) {
    return call.make_of(kCharBytes, std::move(arguments), never_null(bytes_type(width)));
  }
  const value::Collation* collation = value::find_collation(charset->default_collation);
  arguments.insert(arguments.begin(),
                   {algebra::constant(collation_constant(*collation)), never_null(big_integer())});
  return call.make_of(kCharText, std::move(arguments), text_type(*collation, width));
}

// CONVERT(x USING charset)
Result<Typed> bind_convert(CallBinder& call) {
  const DataType text{.kind = TypeKind::character, .charset = call.argument(1).word};
  return bind_cast(call[0], text, call.context());
}

Result<Typed> bind_make_set(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  TRY_STATUS(all_to_string(call, 1));
  TRY(Type type, common_string(call, widths(call, 1) + call.size(), 1));
  return call.make(kMakeSet, with_null(std::move(type), call.type(0).nullable));
}

// EXPORT_SET(bits, on, off [, separator [, count]])
Result<Typed> bind_export_set(CallBinder& call) {
  TRY_STATUS(call.to_integer(0));
  for (std::size_t i = 1; i < std::min<std::size_t>(call.size(), 4); ++i) {
    TRY_STATUS(call.to_string(i));
  }
  if (call.size() == 5) TRY_STATUS(call.to_integer(4));
  std::vector<Value> defaults;
  if (call.size() < 4) defaults.push_back(Value::string(","));
  if (call.size() < 5) defaults.push_back(integer(64));
  CallBinder strings(call.name(), {call.argument(1), call.argument(2)}, call.context());
  const std::uint64_t each = std::max(call.type(1).width, call.type(2).width);
  const std::uint64_t separator = call.size() > 3 ? call.type(3).width : 1;
  TRY(Type type, common_string(strings, 64 * (each + separator)));
  return call.make(kExportSet, std::move(type), std::move(defaults));
}

constexpr NameRow kNames[] = {
    {"CHAR", 1, kAnyNumber, bind_char},
    {"CONCAT", 1, kAnyNumber, bind_concat},
    {"CONCAT_WS", 2, kAnyNumber, bind_concat_with},
    {"CONVERT", 2, 2, bind_convert},
    {"EXPORT_SET", 3, 5, bind_export_set},
    {"LCASE", 1, 1, bind_same_length<kLower>},
    {"LOWER", 1, 1, bind_same_length<kLower>},
    {"MAKE_SET", 2, kAnyNumber, bind_make_set},
    {"QUOTE", 1, 1, bind_quote},
    {"REPEAT", 2, 2, bind_repeat},
    {"REPLACE", 3, 3, bind_replace},
    {"REVERSE", 1, 1, bind_same_length<kReverse>},
    {"SPACE", 1, 1, bind_space},
    {"UCASE", 1, 1, bind_same_length<kUpper>},
    {"UPPER", 1, 1, bind_same_length<kUpper>},
};

}  // namespace

std::span<const OperationRow> text_build_operations() { return kOperations; }
std::span<const NameRow> text_build_names() { return kNames; }

}  // namespace octavo::sql
