// A value made into what a column holds. What it cannot hold is an error in strict mode, and else
// the nearest that it can, with a warning.

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>

#include "dialect/sql/convert/json_text.h"
#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/convert/zone.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"
#include "dialect/sql/function/store_constant.h"
#include "dialect/sql/function/text_store.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::Extent;
using value::LogicalType;
using value::Type;
using value::Value;

class Storing {
 public:
  struct Rules {
    std::string_view name;
    bool strict = true;
    SqlMode mode = 0;
    const Zone* zone = nullptr;
    std::int64_t today = 0;
  };
  static Result<Value> run(function::EvalContext& context, const LogicalType& from,
                           const LogicalType& column, const Rules& rules, const Value& value) {
    Storing storing(context, from, column);
    storing.name_ = rules.name;
    storing.strict_ = rules.strict;
    storing.mode_ = rules.mode;
    storing.zone_ = rules.zone;
    storing.today_ = rules.today;
    return storing.store(value);
  }

  static Result<Value> run(const SingleCall& call, Args args) {
    TRY(const value::LogicalTypePtr from, type_at(args, 1));
    TRY(const value::LogicalTypePtr column, type_at(args, 2));
    TRY(const std::string_view name, text_at(args, 3));
    TRY(const std::int64_t rule, integer_at(args, 4));
    TRY(const std::int64_t mode, integer_at(args, 5));
    TRY(const std::string_view zone, text_at(args, 6));
    TRY(const std::int64_t today, integer_at(args, 7));
    const Zone* const found = find_zone(zone);
    if (found == nullptr) return error<1298>(zone);
    const Rules rules{.name = name,
                      .strict = rule == static_cast<std::int64_t>(StoreRule::strict),
                      .mode = static_cast<SqlMode>(mode),
                      .zone = found,
                      .today = today};
    return run(call.context, *from, *column, rules, args[0]);
  }

 private:
  Storing(function::EvalContext& context, const LogicalType& from, const LogicalType& column)
      : context_(context), from_(from), column_(column) {}

  // Rows of a statement have the same types: those of the last calls of the thread are kept, each
  // where its bytes send it.
  static Result<value::LogicalTypePtr> type_at(Args args, std::size_t i) {
    if (args[i].type() != Type::bytes) return wrong_form();
    struct Known {
      std::string encoded;
      value::LogicalTypePtr type;
    };
    constexpr std::size_t kKept = 64;
    thread_local std::array<Known, kKept> kept;
    const BytesView encoded = args[i].as_bytes();
    Known& known = kept[std::hash<std::string_view>()(encoded) % kKept];
    if (known.type == nullptr || known.encoded != encoded) {
      ByteReader reader(encoded);
      TRY(LogicalType type, value::decode_logical_type(reader));
      known = {std::string(encoded), value::make_type(std::move(type))};
    }
    return known.type;
  }

  Result<Value> store(const Value& value) {
    switch (column_.kind) {
      case Kind::boolean: {
        const Converted<double> number = double_of(value);
        TRY_STATUS(check_number(number.loss, value, "integer"));
        return Value::boolean(number.value != 0);
      }
      case Kind::integer: return integer(value);
      case Kind::real: return real(value);
      case Kind::decimal: return decimal(value);
      case Kind::text: return text(value);
      case Kind::bytes: return bytes(value);
      case Kind::bits: return bits(value);
      case Kind::date: return date(value);
      case Kind::time: return time(value);
      case Kind::datetime:
      case Kind::timestamp: return instant(value);
      case Kind::year: return year(value);
      case Kind::enumeration: return member(value);
      case Kind::set: return members(value);
      case Kind::json: return json(value);
      case Kind::dynamic:
      case Kind::null:
      case Kind::uuid:
      case Kind::object_id:
      case Kind::duration:
      case Kind::array:
      case Kind::geometry: return value;
    }
    std::unreachable();
  }

  std::string row() const { return std::to_string(context_.row_number); }

  // An error where the rule is strict, else a warning.
  Status refuse(const Error& error) {
    if (strict_) return fail(error);
    warn(context_, error);
    return {};
  }
  Status out_of_range() { return refuse(error<1264>(name_, row()).error()); }
  Status cut() { return refuse(error<1265>(name_, row()).error()); }
  // Cut without strict mode, which has another name.
  Status too_long() { return strict_ ? refuse(error<1406>(name_, row()).error()) : cut(); }
  Status is_none(std::string_view kind, const Value& value) {
    return refuse(error<1366>(kind, shown(value), name_, row()).error());
  }
  Status is_no_text(std::string_view bytes) {
    return refuse(error<1366>("string", escaped(bytes), name_, row()).error());
  }
  // 1292: a date or time that is none.
  Status no_time(std::string_view kind, const Value& value) {
    constexpr ErrorRow kRow{1292, "22007", "Incorrect %s value: '%s' for column '%s' at row %s"};
    const std::string text = shown(value);
    const std::string at = row();
    const std::array<std::string_view, 4> arguments{kind, text, name_, at};
    return refuse(make_error(kRow, arguments));
  }
  // Digits behind the point that are rounded away are no error.
  void note_rounded() {
    warn(context_, error<1265>(name_, row()).error(), function::NoteLevel::note);
  }

  std::string shown(const Value& value) const {
    std::string text = text_of(value, from_);
    return value::find_invalid_utf8(text) ? escaped(text) : text;
  }

  // The first bytes of what is no text, as MySQL shows them.
  static std::string escaped(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    constexpr std::size_t kShown = 6;
    std::string text;
    for (const char c : bytes.substr(0, kShown)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7f) {
        text += c;
      } else {
        text.append("\\x").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
      }
    }
    return bytes.size() > kShown ? text + "..." : text;
  }

  bool is_text(const Value& value) const {
    return value.is_string() || value.type() == Type::bytes;
  }

  // What was lost of a number that is read from something else.
  Status check_number(Loss loss, const Value& value, std::string_view kind) {
    if (is_text(value) && plain_text(value).find_first_not_of(' ') == std::string::npos) {
      return is_none(kind, value);
    }
    switch (loss) {
      case Loss::none: return {};
      case Loss::cut: return cut();
      case Loss::range: return out_of_range();
      case Loss::bad: return is_none(kind, value);
    }
    std::unreachable();
  }

  Result<Value> integer(const Value& given) {
    const Value value = numbered(given);
    const Converted<Integer> number = integer_of(value, column_.is_unsigned, TextAs::number);
    // Beyond 64 bits or below what has no sign it is out of range, whatever it was.
    const Loss loss = number.loss;
    if (loss != Loss::none && loss != Loss::range) {
      TRY_STATUS(check_number(loss, value, "integer"));
    } else if (is_text(value)) {
      TRY_STATUS(check_number(Loss::none, value, "integer"));
    }
    value::Value exact = value_of(number.value);
    if (loss != Loss::range && conforms(column_, exact)) return exact;
    TRY_STATUS(out_of_range());
    return nearest_integer(number.value);
  }

  Value nearest_integer(const Integer& number) const {
    const unsigned bits = column_.bits;
    if (column_.is_unsigned) {
      if (number.negative) return Value::int64(0);
      return Value::uint64(bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1);
    }
    const auto most = static_cast<std::int64_t>((std::uint64_t{1} << (bits - 1)) - 1);
    return Value::int64(number.negative ? -most - 1 : most);
  }

  // Members of ENUM and SET count as their numbers where a number is wanted.
  Value numbered(const Value& value) const {
    if (from_.kind == Kind::enumeration && value.is_string()) {
      const auto at = std::ranges::find(from_.members, value.as_string());
      return Value::int64(at == from_.members.end() ? 0 : at - from_.members.begin() + 1);
    }
    return value;
  }

  Result<Value> real(const Value& given) {
    const Value value = numbered(given);
    const Converted<double> number = double_of(value);
    TRY_STATUS(check_number(number.loss, value, column_.bits == 32 ? "float" : "double"));
    double result = number.value;
    if (column_.precision != 0) {
      const double scale = std::pow(10, column_.scale);
      const double most = std::pow(10, column_.precision - column_.scale) - 1 / scale;
      result = std::rint(result * scale) / scale;
      if (std::fabs(result) > most) {
        TRY_STATUS(out_of_range());
        result = std::copysign(most, result);
      }
    }
    constexpr double kMostFloat = std::numeric_limits<float>::max();
    if (column_.bits == 32 && std::fabs(result) > kMostFloat) {
      TRY_STATUS(out_of_range());
      result = std::copysign(kMostFloat, result);
    }
    if (column_.is_unsigned && result < 0) {
      TRY_STATUS(out_of_range());
      result = 0;
    }
    return Value::float64(column_.bits == 32 ? static_cast<double>(static_cast<float>(result))
                                             : result);
  }

  Result<Value> decimal(const Value& given) {
    const Value value = numbered(given);
    const Converted<Decimal> number = decimal_of(value);
    TRY_STATUS(check_number(number.loss, value, "decimal"));
    Converted<Decimal> rounded = round_decimal(number.value, column_.precision, column_.scale);
    if (rounded.loss == Loss::cut) note_rounded();
    const bool below = column_.is_unsigned && rounded.value.is_negative();
    if (rounded.loss == Loss::range || below) TRY_STATUS(out_of_range());
    if (below) rounded.value = Decimal(false, {}, column_.scale);
    return Value::decimal(rounded.value);
  }

  // Characters beyond the length: spaces go with a note, others are an error.
  Result<Value> text(const Value& value) {
    std::string text = text_of(value, from_);
    if (const auto place = value::find_invalid_utf8(text)) {
      TRY_STATUS(is_no_text(std::string_view(text).substr(*place)));
      text.resize(*place);
    }
    TRY_STATUS(check_charset(text));
    const std::size_t size = size_within(text);
    if (size < text.size()) {
      if (text.find_first_not_of(' ', size) != std::string::npos) {
        TRY_STATUS(too_long());
      } else if (column_.extent == Extent::varying) {
        note_rounded();
      }
      text.resize(size);
    }
    if (column_.extent == Extent::fixed) {
      text.erase(text.find_last_not_of(' ') + 1);
    }
    return Value::string(text);
  }

  Status check_charset(std::string& text) {
    const value::Collation* collation = column_.collation;
    if (collation == nullptr || collation->charset == value::CharsetId::utf8mb4) return {};
    const value::Charset& charset = value::charset_of(collation->charset);
    std::string there;
    if (charset.from_utf8(text, there)) return {};
    TRY_STATUS(is_no_text(text));
    text.clear();
    static_cast<void>(charset.to_utf8(there, text));  // it was made from the set
    return {};
  }

  // Bytes of so many characters as the column takes.
  std::size_t size_within(std::string_view text) const {
    if (text.size() <= column_.length) return text.size();
    std::string_view rest = text;
    if (column_.extent == Extent::large) {
      std::size_t size = column_.length;
      while (size > 0 && (text[size] & '\xc0') == '\x80') --size;
      return size;
    }
    for (std::uint32_t i = 0; i < column_.length && !rest.empty(); ++i) {
      value::take_code_point(rest);
    }
    return text.size() - rest.size();
  }

  Result<Value> bytes(const Value& value) {
    std::string bytes = text_of(value, from_);
    if (value.is_string() && from_.collation != nullptr &&
        from_.collation->charset == value::CharsetId::latin1) {
      std::string there;
      // What the set has not is `?` in it.
      static_cast<void>(value::charset_of(value::CharsetId::latin1).from_utf8(bytes, there));
      bytes = std::move(there);
    }
    if (bytes.size() > column_.length) {
      TRY_STATUS(too_long());
      bytes.resize(column_.length);
    }
    if (column_.extent == Extent::fixed) bytes.resize(column_.length, '\0');
    return Value::bytes(bytes);
  }

  Result<Value> bits(const Value& value) {
    std::uint64_t number = 0;
    bool fits = true;
    if (is_text(value)) {
      for (const char c : plain_text(value)) {
        fits = fits && number >> 56U == 0;
        number = number << 8U | static_cast<unsigned char>(c);
      }
    } else {
      const Converted<Integer> integer = integer_of(value, true, TextAs::number);
      fits = integer.loss == Loss::none;
      number = integer.value.bits;
    }
    const std::uint64_t most =
        column_.bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << column_.bits) - 1;
    if (!fits || number > most) {
      TRY_STATUS(strict_ ? too_long() : out_of_range());
      number = most;
    }
    return Value::uint64(number);
  }

  // The zero date stands for what is none, unless it is refused.
  SqlMode lenient_mode() const {
    return strict_ ? mode_ : mode_ & ~(sql_mode::kNoZeroDate | sql_mode::kNoZeroInDate);
  }

  Result<Value> date(const Value& value) {
    Converted<value::Timestamp> at = instant_of_value(value, lenient_mode(), today_);
    if (at.loss == Loss::bad) {
      TRY_STATUS(no_time("date", value));
      at.value = timestamp_of({});
    } else if (at.loss == Loss::cut) {
      TRY_STATUS(cut());
    } else if (time_of(datetime_of(at.value)) != 0) {
      note_rounded();
    }
    return Value::date(static_cast<std::int32_t>(datetime_day(at.value)));
  }

  Result<Value> time(const Value& value) {
    const Converted<std::int64_t> time = time_of_value(value, lenient_mode());
    switch (time.loss) {
      case Loss::none: break;
      // Of a date and time the time is stored.
      case Loss::cut: note_rounded(); break;
      case Loss::range: TRY_STATUS(out_of_range()); break;
      case Loss::bad: TRY_STATUS(no_time("time", value)); break;
    }
    const std::int64_t rounded = round_time(time.value, column_.precision, mode_);
    return Value::time_of_day(std::clamp(rounded, -kMostTime, kMostTime));
  }

  // Texts may say an offset; what a clock shows becomes an instant by the session's.
  Result<Value> instant(const Value& value) {
    Converted<value::Timestamp> at = instant_of_value(value, lenient_mode(), today_);
    bool is_instant = from_.kind == Kind::timestamp;
    if (value.is_string() && at.loss != Loss::bad) {
      const auto read = read_datetime(value.as_string(), lenient_mode());
      if (read.value.zone_minutes) {
        at.value.seconds -= *read.value.zone_minutes * 60;
        is_instant = true;
      }
    }
    if (at.loss == Loss::cut) TRY_STATUS(cut());
    if (at.loss == Loss::bad) {
      TRY_STATUS(no_time("datetime", value));
      return Value::timestamp(timestamp_of({}));
    }
    if (column_.kind == Kind::datetime && is_instant) at.value = local_time(*zone_, at.value);
    if (column_.kind == Kind::timestamp && !is_instant) {
      const Instant instant = instant_of(*zone_, at.value);
      if (!instant.exists) TRY_STATUS(no_time("datetime", value));
      at.value = instant.at;
    }
    const Converted<value::Timestamp> rounded = round_instant(at.value, column_.precision, mode_);
    if (rounded.loss == Loss::none && in_column(rounded.value)) {
      value::Timestamp result = rounded.value;
      result.zone_minutes = 0;
      return Value::timestamp(result);
    }
    TRY_STATUS(no_time("datetime", value));
    return Value::timestamp(timestamp_of({}));
  }

  // TIMESTAMP has 1970-01-01 00:00:01 to 2038-01-19 03:14:07.
  bool in_column(const value::Timestamp& at) const {
    constexpr std::int64_t kLast = 2'147'483'647;
    if (column_.kind == Kind::datetime) return true;
    return !is_date_number(datetime_day(at)) || (at.seconds >= 1 && at.seconds <= kLast);
  }

  Result<Value> year(const Value& value) {
    const bool text = is_text(value);
    const Converted<Integer> number = integer_of(value, false, TextAs::number);
    TRY_STATUS(
        check_number(number.loss == Loss::range ? Loss::none : number.loss, value, "integer"));
    auto year = static_cast<std::int64_t>(number.value.bits);
    if (value.type() == Type::date) year = day_of(value.as_date()).year;
    if (value.type() == Type::timestamp) year = datetime_of(value.as_timestamp()).day.year;
    const bool short_year = year >= (text && plain_text(value).size() < 4 ? 0 : 1) && year <= 99;
    if (short_year) year += year < 70 ? 2'000 : 1'900;
    if (year == 0 || (year >= 1'901 && year <= 2'155)) return Value::int64(year);
    TRY_STATUS(out_of_range());
    return Value::int64(0);
  }

  // A member by its name under the collation, or by its number.
  Result<Value> member(const Value& value) {
    if (is_text(value)) {
      std::string text = text_of(value, from_);
      text.erase(text.find_last_not_of(' ') + 1);
      if (const std::string* found = find_member(text)) return Value::string(*found);
    }
    const Converted<Integer> number = integer_of(value, true, TextAs::number);
    const std::uint64_t place = number.value.bits;
    if (number.loss == Loss::none && place >= 1 && place <= column_.members.size()) {
      return Value::string(column_.members[place - 1]);
    }
    TRY_STATUS(cut());
    return Value::string("");
  }

  const std::string* find_member(std::string_view text) const {
    const auto found = std::ranges::find_if(column_.members, [&](const std::string& member) {
      return column_.collation == nullptr ? member == text : column_.collation->equal(member, text);
    });
    return found == column_.members.end() ? nullptr : &*found;
  }

  Result<Value> members(const Value& value) {
    std::uint64_t bits = 0;
    bool all = true;
    if (is_text(value) || value.is_array()) {
      std::string text = text_of(value, value.is_array() ? column_ : from_);
      for (std::string_view rest = text; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string* found = find_member(rest.substr(0, comma));
        all = all && found != nullptr;
        if (found != nullptr) bits |= std::uint64_t{1} << (found - column_.members.data());
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    } else {
      const Converted<Integer> number = integer_of(value, true, TextAs::number);
      bits = number.value.bits;
      const std::size_t count = column_.members.size();
      all = number.loss == Loss::none && (count >= 64 || bits >> count == 0);
    }
    if (!all) TRY_STATUS(cut());
    std::vector<Value> chosen;
    for (std::size_t i = 0; i < column_.members.size(); ++i) {
      if ((bits >> i & 1U) != 0) chosen.push_back(Value::string(column_.members[i]));
    }
    return Value::array(std::move(chosen));
  }

  // A text is read as JSON; what is no JSON is an error in every mode.
  Result<Value> json(const Value& value) {
    if (from_.kind == Kind::json || from_.kind == Kind::dynamic || !is_text(value)) {
      return json_of(value);
    }
    JsonFault fault;
    if (auto read = read_json(plain_text(value), fault)) return std::move(*read);
    if (fault.too_deep) return error<3157>();
    return error<3140>(fault.what, std::to_string(fault.position), name_);
  }

  function::EvalContext& context_;
  const LogicalType& from_;
  const LogicalType& column_;
  std::string_view name_;
  bool strict_ = true;
  SqlMode mode_ = 0;
  const Zone* zone_ = nullptr;
  std::int64_t today_ = 0;
};

constexpr OperationRow kRows[] = {
    {.number = op::kStore,
     .name = "sql.store",
     .least = 8,
     .flags = operation_flag::kStrictFirst | operation_flag::kHidden,
     .single = Storing::run},
};

}  // namespace

std::span<const OperationRow> store_operations() { return kRows; }

std::optional<Result<Value>> store_constant(const Typed& operand, const LogicalType& column,
                                            std::string_view name, StoreRule rule,
                                            const CallContext& context) {
  const auto* const constant = std::get_if<algebra::Const>(&operand.expression->node);
  // Those that `bind_store` makes something else first.
  const bool is_other = operand.type.kind() == Kind::timestamp || operand.type.has(type_flag::kHex);
  if (constant == nullptr || is_other) return std::nullopt;
  if (constant->value.is_null()) return Value();
  const Zone* const zone = find_zone(context.session.time_zone);
  if (zone == nullptr) return error<1298>(context.session.time_zone);
  const Storing::Rules rules{.name = name,
                             .strict = rule == StoreRule::strict,
                             .mode = context.session.mode,
                             .zone = zone,
                             .today = today(context.session)};
  return Storing::run(context.constants, *operand.type.logical, column, rules, constant->value);
}

Result<TextStore> TextStore::make(const sql::Type& text, value::LogicalTypePtr column,
                                  std::string name, StoreRule rule, const CallContext& context) {
  const Zone* const zone = find_zone(context.session.time_zone);
  if (zone == nullptr) return error<1298>(context.session.time_zone);
  TextStore store;
  store.from_ = text.logical;
  store.column_ = std::move(column);
  store.name_ = std::move(name);
  store.rule_ = rule;
  store.mode_ = context.session.mode;
  store.zone_ = zone;
  store.today_ = today(context.session);
  return store;
}

Result<Value> TextStore::store(const Value& text, function::EvalContext& context) const {
  if (text.is_null()) return Value();
  const Storing::Rules rules{.name = name_,
                             .strict = rule_ == StoreRule::strict,
                             .mode = mode_,
                             .zone = zone_,
                             .today = today_};
  return Storing::run(context, *from_, *column_, rules, text);
}

}  // namespace octavo::sql
