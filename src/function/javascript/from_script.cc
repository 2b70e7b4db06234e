// What scripts give, as values. Reading an object may run scripts: getters and proxies.

#include <algorithm>
#include <cmath>
#include <utility>

#include "function/javascript/core.h"
#include "function/javascript/text.h"
#include "value/value.h"

namespace octavo::javascript {
namespace {

using value::Type;
using value::Value;

constexpr std::size_t kMostLevels = 150;
constexpr std::size_t kMostBytes = 128 * kMiB;  // that one call may give
constexpr std::size_t kMostElements = 10'000'000;
constexpr std::uint32_t kElementsPerLook = 1'024;
constexpr duk_idx_t kPlaces = 12;

// Where an object came from, if it came from outside.
const Value* source_of(duk_context* machine, duk_idx_t at) {
  duk_get_prop_string(machine, at, hidden::kSource);
  const bool known = duk_is_number(machine, -1) != 0;
  const double number = known ? duk_get_number(machine, -1) : 0;
  duk_pop(machine);
  const std::vector<Value>& sources = core_of(machine).sources;
  if (!known || !(number >= 0) || number >= static_cast<double>(sources.size())) return nullptr;
  return &sources[static_cast<std::size_t>(number)];
}

class Reader {
 public:
  explicit Reader(duk_context* machine) : machine_(machine), core_(core_of(machine)) {}

  Value read(duk_idx_t at, const Value* before = nullptr) {
    duk_require_stack(machine_, kPlaces);
    spend(sizeof(Value));
    switch (duk_get_type(machine_, at)) {
      case DUK_TYPE_NULL: return Value::null();
      case DUK_TYPE_BOOLEAN: return Value::boolean(duk_get_boolean(machine_, at) != 0);
      case DUK_TYPE_NUMBER: return number(duk_get_number(machine_, at), before);
      case DUK_TYPE_STRING:
        if (duk_is_symbol(machine_, at) != 0) return Value::undefined();
        return Value::string(text(at));
      case DUK_TYPE_OBJECT: return object(duk_normalize_index(machine_, at));
      case DUK_TYPE_BUFFER: return bytes(at);
      default: return Value::undefined();
    }
  }

 private:
  static Value number(double number, const Value* before) {
    if (before != nullptr && before->is_int32() &&
        static_cast<double>(before->as_int64()) == number) {
      return *before;
    }
    return Value::float64(number);
  }

  void spend(std::size_t bytes) {
    core_.bytes_made += bytes;
    if (core_.bytes_made > kMostBytes) throw_text(machine_, "JavaScript gave too large a value");
    if (++seen_ % kElementsPerLook == 0 && core_.must_end()) throw_text(machine_, "ended");
  }

  std::string text(duk_idx_t at) {
    std::string utf8 = text_at(machine_, at);
    spend(utf8.size());
    return utf8;
  }

  Value bytes(duk_idx_t at) {
    duk_size_t size = 0;
    const void* const data = duk_get_buffer_data(machine_, at, &size);
    spend(size);
    return Value::bytes(BytesView(static_cast<const char*>(data), size));
  }

  Value object(duk_idx_t at) {
    if (levels_ >= kMostLevels) {
      throw_text(machine_,
                 "Exceeded depth limit of 150 when converting js object to BSON. Do you have a "
                 "cycle?");
    }
    ++levels_;
    Value made = object_at_level(at);
    --levels_;
    return made;
  }

  Value object_at_level(duk_idx_t at) {
    duk_get_prop_string(machine_, at, hidden::kName);
    const bool marked = duk_is_string(machine_, -1) != 0;
    const std::string name = marked ? text_at(machine_, -1) : std::string();
    duk_pop(machine_);
    if (marked) return of_row(at, name);
    if (duk_is_callable(machine_, at) != 0) return code(at);
    if (duk_is_buffer_data(machine_, at) != 0) return bytes(at);
    if (duk_is_array(machine_, at) != 0) return array(at);
    if (is_a(at, "Date")) return date(at);
    if (is_a(at, "RegExp")) return regex(at);
    if (is_a(at, "String") || is_a(at, "Number") || is_a(at, "Boolean")) return unboxed(at);
    return fields(at);
  }

  bool is_a(duk_idx_t at, const char* constructor) {
    push_stashed(machine_, constructor);
    const bool is = duk_instanceof(machine_, at, -1) != 0;
    duk_pop(machine_);
    return is;
  }

  Value of_row(duk_idx_t at, std::string_view name) {
    const auto rows = core_.environment.types;
    const auto row = std::ranges::find_if(
        rows, [&](const TypeRow& one) { return one.name == name && one.value_of != nullptr; });
    if (row == rows.end()) throw_text(machine_, "an object of a type that nobody knows");
    duk_get_prop_string(machine_, at, hidden::kParts);
    const Value parts = read(-1);
    duk_pop(machine_);
    auto made = row->value_of(parts.is_array() ? parts.as_array() : value::ArrayView());
    if (!made) throw_text(machine_, made.error().what);
    return *std::move(made);
  }

  Value code(duk_idx_t at) {
    duk_dup(machine_, at);
    duk_to_string(machine_, -1);
    Value made = Value::javascript(text(-1), std::nullopt);
    duk_pop(machine_);
    return made;
  }

  // What is no date after all is an object like others.
  Value date(duk_idx_t at) {
    push_stashed(machine_, stash::kTime);
    duk_dup(machine_, at);
    duk_call_method(machine_, 0);
    const double millis = duk_get_number(machine_, -1);
    duk_pop(machine_);
    if (std::isnan(millis)) return Value::null();
    const auto whole = static_cast<std::int64_t>(millis);
    constexpr std::int64_t kMillisOfSecond = 1000;
    constexpr std::uint32_t kNanosOfMilli = 1'000'000;
    const std::int64_t rest = ((whole % kMillisOfSecond) + kMillisOfSecond) % kMillisOfSecond;
    return Value::timestamp({.seconds = (whole - rest) / kMillisOfSecond,
                             .nanoseconds = static_cast<std::uint32_t>(rest) * kNanosOfMilli});
  }

  std::string property(duk_idx_t at, const char* name) {
    duk_get_prop_string(machine_, at, name);
    duk_to_string(machine_, -1);
    std::string found = text(-1);
    duk_pop(machine_);
    return found;
  }

  Value regex(duk_idx_t at) {
    const std::string pattern = property(at, "source");
    std::string flags = property(at, "flags");
    std::ranges::sort(flags);
    return Value::regex(pattern, flags);
  }

  Value unboxed(duk_idx_t at) {
    duk_dup(machine_, at);
    duk_to_primitive(machine_, -1, DUK_HINT_NONE);
    Value made = read(-1);
    duk_pop(machine_);
    return made;
  }

  Value array(duk_idx_t at) {
    const std::size_t length = duk_get_length(machine_, at);
    if (length > kMostElements) throw_text(machine_, "JavaScript gave too large an array");
    const Value* const source = source_of(machine_, at);
    std::vector<Value> elements;
    for (std::size_t i = 0; i < length; ++i) {
      duk_get_prop_index(machine_, at, static_cast<duk_uarridx_t>(i));
      const bool same = source != nullptr && source->is_array() && i < source->as_array().size();
      elements.push_back(read(-1, same ? &source->as_array()[i] : nullptr));
      duk_pop(machine_);
    }
    return Value::array(std::move(elements));
  }

  Value fields(duk_idx_t at) {
    const Value* const source = source_of(machine_, at);
    value::ObjectBuilder built;
    duk_enum(machine_, at, DUK_ENUM_OWN_PROPERTIES_ONLY);
    while (duk_next(machine_, -1, 0) != 0) {
      std::string name = text(-1);
      if (name.find('\0') != std::string::npos) {
        throw_text(machine_,
                   "JavaScript property (name) contains a null char which is not allowed "
                   "in BSON. originalBson has not been set.");
      }
      duk_get_prop(machine_, at);
      built.set(name, read(-1, source == nullptr ? nullptr : source->find(name)));
      duk_pop(machine_);
    }
    duk_pop(machine_);
    return std::move(built).build();
  }

  duk_context* const machine_;
  Core& core_;
  std::size_t levels_ = 0;
  std::uint32_t seen_ = 0;
};

}  // namespace

Value value_at(duk_context* machine, duk_idx_t at) { return Reader(machine).read(at); }

}  // namespace octavo::javascript
