// Reading, by libbson, which believes nothing of its input; what it lets pass is checked here.

#include <bson/bson.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/bson/decimal128.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr std::uint32_t kUuidBytes = 16;

std::unexpected<Error> invalid(std::string_view what) {
  return error(ErrorCode::invalid_bson, "Invalid BSON in a request: {}", what);
}

BytesView view(const std::uint8_t* bytes, std::uint32_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

Result<std::string_view> checked(const char* text, std::uint32_t size) {
  const std::string_view whole(text, size);
  if (value::find_invalid_utf8(whole)) return invalid("text that is not UTF-8");
  return whole;
}

Value read_binary(const bson_iter_t& at) {
  bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  ::bson_iter_binary(&at, &subtype, &size, &bytes);
  if (subtype == BSON_SUBTYPE_UUID && size == kUuidBytes) return Value::uuid(view(bytes, size));
  return Value::bytes(view(bytes, size), static_cast<std::uint8_t>(subtype));
}

BytesView object_id_bytes(const bson_oid_t* id) { return view(id->bytes, sizeof(id->bytes)); }

Value read_decimal(const bson_iter_t& at) {
  bson_decimal128_t bits;
  ::bson_iter_decimal128(&at, &bits);
  return Value::decimal(from_decimal128({.low = bits.low, .high = bits.high}));
}

// The names of one document so far. They stay where they are in the input.
class NamesSeen {
 public:
  // False: it was there.
  bool add(std::string_view name) {
    if (count_ < few_.size()) {
      const auto seen = std::span(few_).first(count_);
      if (std::ranges::find(seen, name) != seen.end()) return false;
      few_[count_++] = name;
      return true;
    }
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(name).second;
  }

 private:
  std::array<std::string_view, 16> few_;
  std::size_t count_ = 0;
  std::unordered_set<std::string_view> many_;
};

// An iterator for each level of a document. They want 128 bytes of alignment, which a stack with
// checks of the address sanitizer does not give; the allocator does.
struct Level {
  bson_iter_t iterator;
};
std::vector<Level>& iterators() {
  thread_local std::vector<Level> levels(kMaxBsonDepth + 1);
  return levels;
}

// Where a document is, its iterator is that of its level.
class Reader {
 public:
  explicit Reader(BsonPart part) : part_(part), levels_(iterators()) {}

  Result<Value> whole(BytesView bytes) {
    const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (!::bson_iter_init_from_data(&levels_[0].iterator, data, bytes.size())) {
      return invalid("a damaged document");
    }
    return document(0);
  }

 private:
  Result<Value> document(std::size_t depth) {
    bson_iter_t& at = levels_[depth].iterator;
    std::vector<Field> fields;
    NamesSeen names;
    while (::bson_iter_next(&at)) {
      TRY(const std::string_view name, checked(::bson_iter_key(&at), ::bson_iter_key_len(&at)));
      if (!names.add(name)) return duplicate(fields, name, depth);
      TRY(Value read, element(at, depth));
      fields.push_back({std::string(name), std::move(read)});
    }
    if (at.err_off != 0) return invalid("a damaged document");
    return Value::object(std::move(fields));
  }

  // The names of elements are passed over, as MongoDB does.
  Result<Value> array(std::size_t depth) {
    bson_iter_t& at = levels_[depth].iterator;
    std::vector<Value> elements;
    while (::bson_iter_next(&at)) {
      TRY(Value read, element(at, depth));
      elements.push_back(std::move(read));
    }
    if (at.err_off != 0) return invalid("a damaged array");
    return Value::array(std::move(elements));
  }

  std::unexpected<Error> duplicate(const std::vector<Field>& fields, std::string_view name,
                                   std::size_t depth) const {
    if (part_ == BsonPart::command && depth == 0) {
      return error(40413, "BSON field '{}.{}' is a duplicate field", fields.front().name, name);
    }
    return error(ErrorCode::bad_value, "The field '{}' stands twice in one document", name);
  }

  // Goes a level deeper.
  Status enter(const bson_iter_t& at, std::size_t depth) {
    if (depth >= kMaxBsonDepth) {
      return error(ErrorCode::overflow, "BSONObj exceeds maximum nested object depth: {}",
                   kMaxBsonDepth);
    }
    if (!::bson_iter_recurse(&at, &levels_[depth + 1].iterator))
      return invalid("a damaged document");
    return {};
  }

  Result<Value> scope(const bson_iter_t& at, std::size_t depth) {
    std::uint32_t code_size = 0;
    std::uint32_t scope_size = 0;
    const std::uint8_t* scope_bytes = nullptr;
    const char* const code = ::bson_iter_codewscope(&at, &code_size, &scope_size, &scope_bytes);
    TRY(const std::string_view text, checked(code, code_size));
    if (depth >= kMaxBsonDepth || scope_bytes == nullptr ||
        !::bson_iter_init_from_data(&levels_[depth + 1].iterator, scope_bytes, scope_size)) {
      return invalid("a damaged scope of JavaScript");
    }
    TRY(Value variables, document(depth + 1));
    return Value::javascript(text, std::move(variables));
  }

  Result<Value> pointer(const bson_iter_t& at) {
    std::uint32_t size = 0;
    const char* collection = nullptr;
    const bson_oid_t* id = nullptr;
    ::bson_iter_dbpointer(&at, &size, &collection, &id);
    TRY(const std::string_view name, checked(collection, size));
    std::vector<Field> fields;
    fields.push_back({"$ref", Value::string(name)});
    fields.push_back({"$id", Value::object_id(object_id_bytes(id))});
    return Value::object(std::move(fields));
  }

  Result<Value> regex(const bson_iter_t& at) {
    const char* options = nullptr;
    const std::string_view pattern = ::bson_iter_regex(&at, &options);
    const std::string_view flags = options;
    if (value::find_invalid_utf8(pattern) || value::find_invalid_utf8(flags)) {
      return invalid("text that is not UTF-8");
    }
    return Value::regex(pattern, flags);
  }

  Result<Value> element(const bson_iter_t& at, std::size_t depth) {
    std::uint32_t size = 0;
    switch (::bson_iter_type(&at)) {
      case BSON_TYPE_DOUBLE: return Value::float64(::bson_iter_double(&at));
      case BSON_TYPE_UTF8: {
        const char* const text = ::bson_iter_utf8(&at, &size);
        TRY(const std::string_view whole, checked(text, size));
        return Value::string(whole);
      }
      case BSON_TYPE_DOCUMENT: {
        TRY_STATUS(enter(at, depth));
        return document(depth + 1);
      }
      case BSON_TYPE_ARRAY: {
        TRY_STATUS(enter(at, depth));
        return array(depth + 1);
      }
      case BSON_TYPE_BINARY: return read_binary(at);
      case BSON_TYPE_UNDEFINED: return Value::undefined();
      case BSON_TYPE_OID: return Value::object_id(object_id_bytes(::bson_iter_oid(&at)));
      case BSON_TYPE_BOOL: return Value::boolean(::bson_iter_bool(&at));
      case BSON_TYPE_DATE_TIME: return date_of_millis(::bson_iter_date_time(&at));
      case BSON_TYPE_NULL: return Value::null();
      case BSON_TYPE_REGEX: return regex(at);
      case BSON_TYPE_DBPOINTER: return pointer(at);
      case BSON_TYPE_CODE: {
        const char* const code = ::bson_iter_code(&at, &size);
        TRY(const std::string_view text, checked(code, size));
        return Value::javascript(text, std::nullopt);
      }
      case BSON_TYPE_SYMBOL: {
        const char* const text = ::bson_iter_symbol(&at, &size);
        TRY(const std::string_view whole, checked(text, size));
        return Value::symbol(whole);
      }
      case BSON_TYPE_CODEWSCOPE: return scope(at, depth);
      case BSON_TYPE_INT32: return Value::int32(::bson_iter_int32(&at));
      case BSON_TYPE_TIMESTAMP: {
        std::uint32_t seconds = 0;
        std::uint32_t increment = 0;
        ::bson_iter_timestamp(&at, &seconds, &increment);
        return Value::log_stamp(seconds, increment);
      }
      case BSON_TYPE_INT64: return Value::int64(::bson_iter_int64(&at));
      case BSON_TYPE_DECIMAL128: return read_decimal(at);
      case BSON_TYPE_MAXKEY: return Value::max_key();
      case BSON_TYPE_MINKEY: return Value::min_key();
      default: return invalid("an unknown type");
    }
  }

  const BsonPart part_;
  std::vector<Level>& levels_;
};

}  // namespace

Result<Value> read_bson(BytesView bytes, BsonPart part) { return Reader(part).whole(bytes); }

}  // namespace octavo::mongodb
