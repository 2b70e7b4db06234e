// Parts of texts, and texts with parts put in: by characters, or by bytes where they are bytes.

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "dialect/sql/function/characters.h"
#include "dialect/sql/function/named.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kLeft = operation_block::kText,  // (string, characters)
  kRight,                          // (string, characters)
  kSubstring,                      // (string, from [, size])
  kSubstringIndex,                 // (string, delimiter, count)
  kInsert,                         // (string, from, size, string)
  kPadLeft,                        // (string, characters, string, most bytes)
  kPadRight,                       // likewise
  kTrimLeft,                       // (string, what)
  kTrimRight,                      // likewise
  kTrimBoth,                       // likewise
};

// Strings that are given are texts or bytes.
Status check_strings(Args args, std::initializer_list<std::size_t> places) {
  for (const std::size_t i : places) TRY_STATUS(string_at(args, i));
  return {};
}

Result<Value> left(const SingleCall&, Args args) {
  TRY_STATUS(string_at(args, 0));
  TRY(const std::int64_t count, integer_at(args, 1));
  const Characters text = Characters::of(args[0]);
  const std::size_t end = count <= 0 ? 0 : text.offset(static_cast<std::uint64_t>(count));
  if (end == text.content().size()) return args[0];
  return string_like(args[0], text.content().substr(0, end));
}

Result<Value> right(const SingleCall&, Args args) {
  TRY_STATUS(string_at(args, 0));
  TRY(const std::int64_t count, integer_at(args, 1));
  if (count <= 0) return string_like(args[0], {});
  const Characters text = Characters::of(args[0]);
  const std::size_t all = text.count();
  if (static_cast<std::uint64_t>(count) >= all) return args[0];
  const std::size_t begin = text.offset(all - static_cast<std::size_t>(count));
  return string_like(args[0], text.content().substr(begin));
}

// Places are counted from 1, or from the end if they are negative.
Result<Value> substring(const SingleCall&, Args args) {
  TRY_STATUS(string_at(args, 0));
  TRY(const std::int64_t from, integer_at(args, 1));
  const Characters text = Characters::of(args[0]);
  std::uint64_t size = text.content().size();
  if (args.size() > 2) {
    TRY(const std::int64_t wanted, integer_at(args, 2));
    size = static_cast<std::uint64_t>(std::max<std::int64_t>(wanted, 0));
  }
  std::uint64_t first = static_cast<std::uint64_t>(from) - 1;
  if (from < 0) {
    const std::uint64_t back = 0 - static_cast<std::uint64_t>(from);
    const std::size_t all = text.count();
    if (back > all) return string_like(args[0], {});
    first = all - back;
  }
  if (from == 0 || size == 0) return string_like(args[0], {});
  const std::string_view rest = text.content().substr(text.offset(first));
  const Characters part(rest, args[0].type() == value::Type::bytes);
  return string_like(args[0], rest.substr(0, part.offset(size)));
}

// Before the delimiter of that number, or behind it if counted from the end.
Result<Value> substring_index(const SingleCall&, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::string_view delimiter, string_at(args, 1));
  TRY(const std::int64_t count, integer_at(args, 2));
  if (count == 0 || delimiter.empty()) return string_like(args[0], {});
  if (count > 0) {
    std::size_t at = 0;
    for (std::int64_t i = 0;; ++i) {
      const std::size_t found = text.find(delimiter, at);
      if (found == text.npos) return args[0];
      if (i + 1 == count) return string_like(args[0], text.substr(0, found));
      at = found + delimiter.size();
    }
  }
  std::size_t end = text.size();
  for (std::int64_t i = 0;; --i) {
    if (end < delimiter.size()) return args[0];
    const std::size_t found = text.rfind(delimiter, end - delimiter.size());
    if (found == text.npos) return args[0];
    if (i - 1 == count) return string_like(args[0], text.substr(found + delimiter.size()));
    end = found;
  }
}

Result<Value> insert(const SingleCall& call, Args args) {
  TRY_STATUS(check_strings(args, {0, 3}));
  TRY(const std::int64_t from, integer_at(args, 1));
  TRY(const std::int64_t size, integer_at(args, 2));
  TRY(const std::string_view added, string_at(args, 3));
  const Characters text = Characters::of(args[0]);
  const std::size_t all = text.count();
  if (from < 1 || static_cast<std::uint64_t>(from) > all) {
    return string_like(args[0], args[3], text.content());
  }
  const auto first = static_cast<std::uint64_t>(from) - 1;
  const std::uint64_t cut =
      size < 0 ? all : std::min<std::uint64_t>(static_cast<std::uint64_t>(size), all - first);
  const std::string_view content = text.content();
  TRY_STATUS(call.context.require(content.size() + added.size()));
  std::string out(content.substr(0, text.offset(first)));
  out.append(added).append(content.substr(text.offset(first + cut)));
  return string_like(args[0], args[3], out);
}

// So many characters of the pad, again and again.
std::string padding(const Characters& pad, std::uint64_t characters) {
  const std::size_t all = std::max<std::size_t>(pad.count(), 1);
  std::string out;
  for (std::uint64_t i = 0; i < characters / all; ++i) out.append(pad.content());
  return out.append(pad.content().substr(0, pad.offset(characters % all)));
}

template <bool kLeftSide>
Result<Value> pad(const SingleCall& call, Args args) {
  TRY_STATUS(check_strings(args, {0, 2}));
  TRY(const std::int64_t wanted, integer_at(args, 1));
  TRY(const std::uint64_t most, bits_at(args, 3));
  if (wanted < 0) return Value();
  const Characters text = Characters::of(args[0]);
  const Characters with = Characters::of(args[2]);
  const auto size = static_cast<std::uint64_t>(wanted);
  const std::size_t all = text.count();
  if (size <= all) {
    return string_like(args[0], args[2], text.content().substr(0, text.offset(size)));
  }
  if (with.content().empty()) return string_like(args[0], args[2], {});
  const std::uint64_t widest =
      std::max<std::uint64_t>(with.content().size() / std::max<std::size_t>(with.count(), 1), 1);
  if (size > most / widest) return too_large(call, kLeftSide ? "lpad" : "rpad", most);
  TRY_STATUS(call.context.require(size * widest + text.content().size()));
  std::string added = padding(with, size - all);
  const std::string out =
      kLeftSide ? added.append(text.content()) : std::string(text.content()).append(added);
  return string_like(args[0], args[2], out);
}

template <bool kLeftSide, bool kRightSide>
Result<Value> trim(const SingleCall&, Args args) {
  TRY(std::string_view text, string_at(args, 0));
  TRY(const std::string_view what, string_at(args, 1));
  if (what.empty()) return args[0];
  if constexpr (kLeftSide) {
    while (text.starts_with(what)) text.remove_prefix(what.size());
  }
  if constexpr (kRightSide) {
    while (text.ends_with(what)) text.remove_suffix(what.size());
  }
  return string_like(args[0], text);
}

constexpr OperationRow kOperations[] = {
    strict(kLeft, "sql.left", 2, left),
    strict(kRight, "sql.right", 2, right),
    strict(kSubstring, "sql.substring", 2, substring, "substr"),
    strict(kSubstringIndex, "sql.substring_index", 3, substring_index),
    strict(kInsert, "sql.insert", 4, insert),
    strict(kPadLeft, "sql.lpad", 4, pad<true>),
    strict(kPadRight, "sql.rpad", 4, pad<false>),
    strict(kTrimLeft, "sql.trim_left", 2, trim<true, false>, "ltrim"),
    strict(kTrimRight, "sql.trim_right", 2, trim<false, true>, "rtrim"),
    strict(kTrimBoth, "sql.trim_both", 2, trim<true, true>, "trim"),
};

template <std::uint16_t kNumber>
Result<Typed> bind_side(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_integer(1));
  std::uint64_t width = call.type(0).width;
  if (const Value* count = call.constant(1); count != nullptr && count->is_number()) {
    const auto characters = std::max<std::int64_t>(count->to_int64().value_or(kMaxWidth), 0);
    width = std::min(width, static_cast<std::uint64_t>(characters));
  }
  return call.make(kNumber, string_type(call.type(0), width));
}

Result<Typed> bind_substring(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  for (std::size_t i = 1; i < call.size(); ++i) TRY_STATUS(call.to_integer(i));
  std::uint64_t width = call.type(0).width;
  if (call.size() > 2) {
    if (const Value* size = call.constant(2); size != nullptr && size->is_number()) {
      const auto characters = std::max<std::int64_t>(size->to_int64().value_or(kMaxWidth), 0);
      width = std::min(width, static_cast<std::uint64_t>(characters));
    }
  }
  return call.make(kSubstring, string_type(call.type(0), width));
}

Result<Typed> bind_substring_index(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_string(1));
  TRY_STATUS(call.to_integer(2));
  return call.make(kSubstringIndex, string_type(call.type(0), call.type(0).width));
}

// Of two arguments that are put together: bytes if one is.
Result<Type> joined(CallBinder& call, std::size_t a, std::size_t b, std::uint64_t width) {
  CallBinder both(call.name(), {call.argument(a), call.argument(b)}, call.context());
  return common_string(both, width);
}

Result<Typed> bind_insert(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_integer(1));
  TRY_STATUS(call.to_integer(2));
  TRY_STATUS(call.to_string(3));
  TRY(Type type, joined(call, 0, 3, std::uint64_t{call.type(0).width} + call.type(3).width));
  return call.make(kInsert, std::move(type));
}

template <std::uint16_t kNumber>
Result<Typed> bind_pad(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_integer(1));
  TRY_STATUS(call.to_string(2));
  std::uint64_t width = kMaxWidth;
  if (const Value* count = call.constant(1); count != nullptr && count->is_number()) {
    width = static_cast<std::uint64_t>(
        std::max<std::int64_t>(count->to_int64().value_or(kMaxWidth), 0));
  }
  TRY(Type type, joined(call, 0, 2, width));
  return call.make(kNumber, with_null(std::move(type), true), {packet_limit(call)});
}

Result<Typed> trimmed(CallBinder& call, std::uint16_t number, std::size_t text,
                      std::optional<std::size_t> what) {
  TRY_STATUS(call.to_string(text));
  Typed space{algebra::constant(Value::string(" ")), never_null(session_text(call, 1))};
  if (what) {
    TRY_STATUS(call.to_string(*what));
    space = call[*what];
  }
  const Type type = string_type(call.type(text), call.type(text).width);
  return call.make_of(number, {call[text], std::move(space)}, type);
}

template <std::uint16_t kNumber>
Result<Typed> bind_trim_side(CallBinder& call) {
  return trimmed(call, kNumber, 0, std::nullopt);
}

// TRIM([LEADING | TRAILING | BOTH] [x FROM] y): the words are before the arguments.
Result<Typed> bind_trim(CallBinder& call) {
  const std::string_view side = call.argument(0).before;
  std::uint16_t number = kTrimBoth;
  if (side.starts_with("leading")) number = kTrimLeft;
  if (side.starts_with("trailing")) number = kTrimRight;
  if (call.size() == 1) return trimmed(call, number, 0, std::nullopt);
  return trimmed(call, number, 1, 0);
}

constexpr NameRow kNames[] = {
    {"INSERT", 4, 4, bind_insert},
    {"LEFT", 2, 2, bind_side<kLeft>},
    {"LPAD", 3, 3, bind_pad<kPadLeft>},
    {"LTRIM", 1, 1, bind_trim_side<kTrimLeft>},
    {"MID", 3, 3, bind_substring},
    {"RIGHT", 2, 2, bind_side<kRight>},
    {"RPAD", 3, 3, bind_pad<kPadRight>},
    {"RTRIM", 1, 1, bind_trim_side<kTrimRight>},
    {"SUBSTR", 2, 3, bind_substring},
    {"SUBSTRING", 2, 3, bind_substring},
    {"SUBSTRING_INDEX", 3, 3, bind_substring_index},
    {"TRIM", 1, 2, bind_trim},
};

}  // namespace

std::span<const OperationRow> text_part_operations() { return kOperations; }
std::span<const NameRow> text_part_names() { return kNames; }

}  // namespace octavo::sql
