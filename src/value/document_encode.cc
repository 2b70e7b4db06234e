#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/limits.h"
#include "value/decimal.h"
#include "value/document.h"
#include "value/document_layout.h"

namespace octavo::value {
namespace {

using namespace document;

class Encoder {
 public:
  Encoder(Bytes& out, Charge* charge) : out_(out), start_(out.size()), charge_(charge) {
    if (charge_ != nullptr) goes_to_ = kChargeStep;
  }

  // What is left to be charged, and whether it all came to an end.
  Status finish() {
    if (!stopped()) charge(out_.size() - start_ - charged_);
    return std::move(status_);
  }

  void put(const Value& value) {
    if (stopped()) return;
    switch (value.type()) {
      case Type::null: return tag(kNull);
      case Type::boolean: return tag(value.as_boolean() ? kTrue : kFalse);
      case Type::int64:
        if (value.is_int32()) return put_integer(kNarrowInt8, value.as_int64());
        return put_int64(value.as_int64());
      case Type::uint64: tag(kUint64); return put_le(out_, value.as_uint64());
      case Type::float64: return put_float64(value.as_float64());
      case Type::decimal: return put_decimal(value.as_decimal());
      case Type::string: return put_blob(kString, value.as_string());
      case Type::symbol: return put_blob(kSymbol, value.as_string());
      case Type::bytes:
        if (value.bytes_subtype() == 0) return put_blob(kBytes, value.as_bytes());
        tag(kBytesOfSubtype);
        tag(value.bytes_subtype());
        out_.append(value.as_bytes());
        return;
      case Type::uuid: return put_blob(kUuid, value.as_bytes());
      case Type::object_id: return put_blob(kObjectId, value.as_bytes());
      case Type::timestamp: {
        const Timestamp time = value.as_timestamp();
        tag(kTimestamp);
        put_le(out_, static_cast<std::uint64_t>(time.seconds));
        put_le(out_, time.nanoseconds);
        return put_le(out_, static_cast<std::uint16_t>(time.zone_minutes));
      }
      case Type::date: tag(kDate); return put_le(out_, static_cast<std::uint32_t>(value.as_date()));
      case Type::time_of_day:
        tag(kTimeOfDay);
        return put_le(out_, static_cast<std::uint64_t>(value.as_nanoseconds()));
      case Type::duration:
        tag(kDuration);
        return put_le(out_, static_cast<std::uint64_t>(value.as_nanoseconds()));
      case Type::array: return put_array(value.as_array());
      case Type::object: return put_object(kObject, value);
      case Type::geometry: return put_object(kGeometry, value);
      case Type::min_key: return tag(kMinKey);
      case Type::max_key: return tag(kMaxKey);
      case Type::undefined: return tag(kUndefined);
      case Type::regex:
        tag(kRegex);
        put_length_prefixed(out_, value.regex_pattern());
        out_.append(value.regex_options());
        return;
      case Type::javascript:
        tag(kJavascript);
        put_length_prefixed(out_, value.javascript_code());
        if (value.javascript_scope() != nullptr) put(*value.javascript_scope());
        return;
      case Type::log_stamp:
        tag(kLogStamp);
        put_le(out_, value.log_stamp_seconds());
        return put_le(out_, value.log_stamp_increment());
    }
  }

 private:
  void tag(unsigned value) { out_.push_back(static_cast<char>(value)); }

  void put_blob(Tag type, std::string_view content) {
    tag(type);
    out_.append(content);
  }

  // `first` is the tag for one byte; those for two, four and eight follow it.
  void put_integer(unsigned first, std::int64_t integer) {
    if (integer == static_cast<std::int8_t>(integer)) {
      tag(first);
      tag(static_cast<unsigned>(integer & 0xff));
    } else if (integer == static_cast<std::int16_t>(integer)) {
      tag(first + 1);
      put_le(out_, static_cast<std::uint16_t>(integer));
    } else if (integer == static_cast<std::int32_t>(integer)) {
      tag(first + 2);
      put_le(out_, static_cast<std::uint32_t>(integer));
    } else {
      tag(first + 3);
      put_le(out_, static_cast<std::uint64_t>(integer));
    }
  }

  void put_int64(std::int64_t integer) {
    if (integer >= 0 && integer < kSmallLimit) {
      return tag(kSmallInt + static_cast<unsigned>(integer));
    }
    put_integer(kInt8, integer);
  }

  void put_float64(double real) {
    if (real >= -0x1p31 && real < 0x1p31) {
      const auto integer = static_cast<std::int64_t>(real);
      // Bits, not values: -0.0 is not 0.
      if (std::bit_cast<std::uint64_t>(static_cast<double>(integer)) ==
          std::bit_cast<std::uint64_t>(real)) {
        if (integer >= 0 && integer < kSmallLimit) {
          return tag(kSmallFloat + static_cast<unsigned>(integer));
        }
        return put_integer(kFloatInt8, integer);
      }
    }
    // A NaN may lose its payload bits on the way through float, so it is kept whole.
    if (std::fabs(real) <= static_cast<double>(std::numeric_limits<float>::max()) ||
        std::isinf(real)) {
      const auto narrow = static_cast<float>(real);
      if (static_cast<double>(narrow) == real) {
        tag(kFloat32);
        return put_le(out_, std::bit_cast<std::uint32_t>(narrow));
      }
    }
    tag(kFloat64);
    put_le(out_, std::bit_cast<std::uint64_t>(real));
  }

  void put_decimal(const Decimal& decimal) {
    tag(kDecimal);
    const auto kind = static_cast<unsigned>(decimal.kind());
    tag((kind << 1) | (decimal.is_negative() ? 1U : 0U));
    put_le(out_, static_cast<std::uint16_t>(decimal.scale()));
    char limbs[32];
    for (std::size_t i = 0; i < 4; ++i) store_le(limbs + 8 * i, decimal.coefficient().limbs[i]);
    std::size_t size = sizeof(limbs);
    while (size > 0 && limbs[size - 1] == 0) --size;
    out_.append(limbs, size);
  }

  static std::size_t width_for(std::size_t largest) {
    return largest <= 0xff ? 1 : largest <= 0xffff ? 2 : 4;
  }
  static unsigned width_code(std::size_t width) { return width == 1 ? 0 : width == 2 ? 1 : 2; }

  void put_array(ArrayView elements) {
    const std::size_t start = out_.size();
    const std::size_t first_end = ends_.size();
    std::size_t width = width_for(elements.size());
    out_.append(1 + width + elements.size() * width, '\0');
    const std::size_t values_at = out_.size();
    for (const Value& element : elements) {
      put(element);
      ends_.push_back(out_.size() - values_at);
    }
    const std::size_t fitting = width_for(std::max(elements.size(), out_.size() - values_at));
    if (fitting != width) {
      width = fitting;
      resize_tables(start, values_at, 1 + width + elements.size() * width);
    }
    char* cursor = out_.data() + start;
    *cursor++ = static_cast<char>(kArray + width_code(width));
    store_width(cursor, width, elements.size());
    store_ends(cursor + width, width, first_end);
  }

  void put_object(Tag type, const Value& object) {
    const ObjectView fields = object.as_object();
    const bool indexed = fields.size() > kUnindexedFields;
    const std::size_t columns = 1 + fields.size() * (indexed ? 3 : 2);
    const std::size_t start = out_.size();
    const std::size_t first_end = ends_.size();
    std::size_t names_size = 0;
    for (const Field& field : fields) names_size += field.name.size();
    std::size_t width = width_for(std::max(fields.size(), names_size));
    out_.append(1 + columns * width, '\0');
    const std::size_t names_at = out_.size();
    for (const Field& field : fields) out_.append(field.name);
    const std::size_t values_at = out_.size();
    for (const Field& field : fields) {
      put(field.value);
      ends_.push_back(out_.size() - values_at);
    }
    const std::size_t fitting =
        width_for(std::max({fields.size(), names_size, out_.size() - values_at}));
    if (fitting != width) {
      width = fitting;
      resize_tables(start, names_at, 1 + columns * width);
    }
    char* cursor = out_.data() + start;
    *cursor++ = static_cast<char>(type + width_code(width));
    store_width(cursor, width, fields.size());
    cursor += width;
    std::size_t name_end = 0;
    for (const Field& field : fields) {
      name_end += field.name.size();
      store_width(cursor, width, name_end);
      cursor += width;
    }
    cursor = store_ends(cursor, width, first_end);
    if (indexed) store_positions(cursor, width, fields);
  }

  // The widths that were reserved turned out too narrow: makes the tables `size` bytes.
  void resize_tables(std::size_t start, std::size_t tables_end, std::size_t size) {
    out_.insert(tables_end, start + size - tables_end, '\0');
  }

  char* store_ends(char* cursor, std::size_t width, std::size_t first_end) {
    for (std::size_t i = first_end; i < ends_.size(); ++i, cursor += width) {
      store_width(cursor, width, ends_[i]);
    }
    ends_.resize(first_end);
    return cursor;
  }

  static void store_positions(char* cursor, std::size_t width, ObjectView fields) {
    std::vector<std::uint32_t> positions(fields.size());
    sort_by_name(fields, positions);
    for (const std::uint32_t position : positions) {
      store_width(cursor, width, position);
      cursor += width;
    }
  }

  // What a value shares is written out each time, and may come to more than any memory has: what
  // is too large already is not gone on with.
  bool stopped() { return out_.size() - start_ > goes_to_ && !go_on(); }

  bool go_on() {
    if (!status_) return false;
    if (out_.size() - start_ > kMaxDocumentBytes) {
      status_ = fail(Code::out_of_range, "document is larger than 128 MiB");
      return false;
    }
    charge(out_.size() - start_ - charged_);
    goes_to_ = std::min(charged_ + kChargeStep, kMaxDocumentBytes);
    return status_.has_value();
  }

  void charge(std::size_t bytes) {
    if (charge_ != nullptr) status_ = charge_->add(bytes);
    charged_ += bytes;
  }

  static constexpr std::size_t kChargeStep = kMiB;

  Bytes& out_;
  const std::size_t start_;
  Charge* const charge_;
  std::size_t charged_ = 0;
  std::size_t goes_to_ = kMaxDocumentBytes;  // then `go_on` is asked
  Status status_;
  std::vector<std::size_t> ends_;  // of the values of all containers that are open, as a stack
};

}  // namespace

Status encode_document(const Value& value, Bytes& out, Charge* charge) {
  if (value.depth() > kMaxNestingDepth) {
    return fail(Code::out_of_range, "nesting depth limit (500) exceeded");
  }
  const std::size_t start = out.size();
  Encoder encoder(out, charge);
  encoder.put(value);
  Status done = encoder.finish();
  if (!done) out.resize(start);
  return done;
}

}  // namespace octavo::value
