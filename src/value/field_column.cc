#include "value/field_column.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "value/document_layout.h"

namespace octavo::value {

using namespace document;

namespace {

constexpr std::uint8_t kPlainDecimalDigits = 18;

struct PlainDecimal {
  std::int64_t units = 0;  // of 10^-scale
  std::uint8_t scale = 0;
};

// Nothing where it is another one, or damaged.
std::optional<PlainDecimal> read_plain_decimal(BytesView body) {
  constexpr std::size_t kHead = 3;
  constexpr std::uint64_t kLimit = 1'000'000'000'000'000'000;
  if (body.size() < kHead || body.size() > kHead + sizeof(std::uint64_t)) return std::nullopt;
  const auto flags = static_cast<unsigned char>(body[0]);
  const auto scale = static_cast<std::int16_t>(load_le<std::uint16_t>(body.data() + 1));
  char bytes[sizeof(std::uint64_t)] = {};
  std::memcpy(bytes, body.data() + kHead, body.size() - kHead);
  const auto units = load_le<std::uint64_t>(bytes);
  const bool negative = (flags & 1) != 0;
  // Zero has no sign in a vector.
  if (flags > 1 || scale < 0 || scale > kPlainDecimalDigits || units >= kLimit ||
      (negative && units == 0)) {
    return std::nullopt;
  }
  const auto number = static_cast<std::int64_t>(units);
  return PlainDecimal{.units = negative ? -number : number,
                      .scale = static_cast<std::uint8_t>(scale)};
}

char* rows_of(Vector& vector) {
  return visit_physical(vector.type().physical, [&]<class T>(const T&) {
    return reinterpret_cast<char*>(vector.fill<T>().data());
  });
}

}  // namespace

enum class FieldColumn::Form : std::uint8_t {
  nothing,  // no value
  null,
  boolean,
  int64,
  uint64,
  float64,
  string,
  symbol,
  bytes,
  uuid,
  object_id,
  timestamp,
  date,
  time_of_day,
  duration,
  decimal,
  encoded,
};

// By tag.
struct FieldColumn::Forms {
  std::array<Form, 256> of{};

  static constexpr Form of_type(std::uint8_t type) {
    if (type == kNoType) return Form::nothing;
    switch (static_cast<Type>(type)) {
      case Type::null: return Form::null;
      case Type::boolean: return Form::boolean;
      case Type::int64: return Form::int64;
      case Type::uint64: return Form::uint64;
      case Type::float64: return Form::float64;
      case Type::string: return Form::string;
      case Type::symbol: return Form::symbol;
      case Type::bytes: return Form::bytes;
      case Type::uuid: return Form::uuid;
      case Type::object_id: return Form::object_id;
      case Type::timestamp: return Form::timestamp;
      case Type::date: return Form::date;
      case Type::time_of_day: return Form::time_of_day;
      case Type::duration: return Form::duration;
      case Type::decimal: return Form::decimal;
      default: return Form::encoded;
    }
  }
  constexpr explicit Forms(bool keeps_marks) {
    for (std::size_t tag = 0; tag < of.size(); ++tag) {
      of[tag] = of_type(kTypesOfTags[tag]);
      if (keeps_marks && is_narrow(static_cast<unsigned char>(tag))) of[tag] = Form::encoded;
    }
    of[kBytesOfSubtype] = Form::encoded;  // a column of bytes has no place for it
  }
  static const Forms kByTag;
  static const Forms kByTagWithMarks;
};
constexpr FieldColumn::Forms FieldColumn::Forms::kByTag{false};
constexpr FieldColumn::Forms FieldColumn::Forms::kByTagWithMarks{true};

ColumnType FieldColumn::type_of(Form form, std::uint8_t scale) {
  switch (form) {
    case Form::boolean: return ColumnType::of(Type::boolean, Physical::boolean);
    case Form::int64: return ColumnType::of(Type::int64, Physical::int64);
    case Form::uint64: return ColumnType::of(Type::uint64, Physical::uint64);
    case Form::float64: return ColumnType::of(Type::float64, Physical::float64);
    case Form::string: return ColumnType::of(Type::string, Physical::text);
    case Form::symbol: return ColumnType::of(Type::symbol, Physical::text);
    case Form::bytes: return ColumnType::of(Type::bytes, Physical::text);
    case Form::uuid: return ColumnType::of(Type::uuid, Physical::text);
    case Form::object_id: return ColumnType::of(Type::object_id, Physical::text);
    case Form::timestamp: return ColumnType::of(Type::timestamp, Physical::instant);
    case Form::date: return ColumnType::of(Type::date, Physical::int32);
    case Form::time_of_day: return ColumnType::of(Type::time_of_day, Physical::int64);
    case Form::duration: return ColumnType::of(Type::duration, Physical::int64);
    case Form::decimal: return ColumnType::decimal(kPlainDecimalDigits, scale);
    case Form::nothing:
    case Form::null:
    case Form::encoded: break;
  }
  return ColumnType::dynamic(Physical::encoded);
}

FieldColumn::FieldColumn(Want want)
    : want_(want), form_(want == Want::number ? Form::float64 : Form::encoded) {}

ColumnType FieldColumn::declared(Want want) {
  return type_of(want == Want::number ? Form::float64 : Form::encoded);
}

// The type of the last batch is the likely one.
void FieldColumn::start(Vector memory, std::size_t rows) {
  vector_ = std::move(memory);
  vector_.restart(type_of(form_, scale_), rows);
  raw_ = rows_of(vector_);
  has_values_ = false;
  text_bytes_ = 0;
}

void FieldColumn::grow(std::size_t rows) {
  vector_.resize(rows);
  raw_ = rows_of(vector_);
}

Vector FieldColumn::finish(std::size_t rows) {
  vector_.resize(rows);
  return std::exchange(vector_, Vector());
}

bool FieldColumn::put(std::size_t row, BytesView value) {
  if (value.empty()) return false;
  const Forms& forms = want_ == Want::marked ? Forms::kByTagWithMarks : Forms::kByTag;
  const Form form = forms.of[static_cast<unsigned char>(value[0])];
  if (form == form_ && form != Form::decimal) return store(row, value);
  switch (form) {
    case Form::nothing: return false;
    case Form::null: vector_.validity().clear(row, Absence::null); return value.size() == 1;
    default: break;
  }
  switch (want_) {
    case Want::exact:
    case Want::marked: return put_exact(row, form, value);
    case Want::number: return put_number(row, form, value);
    case Want::encoded: return store_text(row, value);
  }
  std::unreachable();
}

// A value of another form than those before it, or a decimal.
bool FieldColumn::put_exact(std::size_t row, Form form, BytesView value) {
  if (form == Form::decimal && (form_ != Form::encoded || !has_values_)) {
    return put_decimal(row, value);
  }
  if (!has_values_) {
    become(form, row);
  } else if (form_ != Form::encoded) {
    become(Form::encoded, row);
  }
  return store(row, value);
}

bool FieldColumn::put_decimal(std::size_t row, BytesView value) {
  const auto number = read_plain_decimal(value.substr(1));
  const bool as_before = has_values_ && form_ == Form::decimal;
  if (number && (!has_values_ || (as_before && number->scale == scale_))) {
    if (!as_before && (form_ != Form::decimal || number->scale != scale_)) {
      scale_ = number->scale;
      become(Form::decimal, row);
    }
    return store(row, std::optional(number->units));
  }
  become(Form::encoded, row);
  return store(row, value);
}

bool FieldColumn::put_number(std::size_t row, Form form, BytesView value) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (form == Form::int64) {
    const auto integer = read_int64(static_cast<unsigned char>(value[0]), value.substr(1));
    if (!integer) return false;
    if (*integer >= -kExact && *integer <= kExact) {
      return store(row, std::optional(static_cast<double>(*integer)));
    }
  }
  vector_.validity().clear(row, Absence::other);
  return true;
}

void FieldColumn::become(Form form, std::size_t rows) {
  Vector before = std::exchange(vector_, Vector::flat(type_of(form, scale_), vector_.rows()));
  form_ = form;
  raw_ = rows_of(vector_);
  text_bytes_ = 0;
  Bytes encoded;
  for (std::size_t row = 0; row < rows; ++row) {
    if (const auto absence = before.absence(row)) {
      vector_.validity().clear(row, *absence);
      continue;
    }
    ASSERT(form == Form::encoded);
    const bool held = vector_.put(row, *before.at(row));
    ASSERT(held);
    text_bytes_ += reinterpret_cast<const StringRef*>(raw_)[row].size();
  }
}

template <class T>
bool FieldColumn::store(std::size_t row, const std::optional<T>& value) {
  if (!value) return false;
  reinterpret_cast<T*>(raw_)[row] = *value;
  has_values_ = true;
  return true;
}

bool FieldColumn::store_text(std::size_t row, BytesView text) {
  StringRef& ref = reinterpret_cast<StringRef*>(raw_)[row];
  ref = text.size() <= StringRef::kInside ? StringRef(text) : vector_.arena().add(text);
  text_bytes_ += text.size();
  has_values_ = true;
  return true;
}

bool FieldColumn::store(std::size_t row, BytesView value) {
  const auto tag = static_cast<unsigned char>(value[0]);
  const BytesView body = value.substr(1);
  switch (form_) {
    case Form::float64: return store(row, read_float64(tag, body));
    case Form::int64: return store(row, read_int64(tag, body));
    case Form::string:
    case Form::symbol:
    case Form::bytes: return store_text(row, body);
    case Form::encoded: return store_text(row, value);
    case Form::boolean:
      return body.empty() && store(row, std::optional<std::uint8_t>(tag == kTrue ? 1 : 0));
    case Form::uint64:
      return body.size() == 8 && store(row, std::optional(load_le<std::uint64_t>(body.data())));
    case Form::uuid: return body.size() == 16 && store_text(row, body);
    case Form::object_id: return body.size() == 12 && store_text(row, body);
    case Form::timestamp: return store(row, read_timestamp(body));
    case Form::date:
      return body.size() == 4 &&
             store(row,
                   std::optional(static_cast<std::int32_t>(load_le<std::uint32_t>(body.data()))));
    case Form::time_of_day:
    case Form::duration: return store(row, read_integer(body, 8));
    case Form::decimal:  // has a function of its own
    case Form::nothing:
    case Form::null: break;
  }
  std::unreachable();
}

}  // namespace octavo::value
