// Values as scripts see them.

#include <algorithm>

#include "function/javascript/core.h"
#include "function/javascript/text.h"

namespace octavo::javascript {
namespace {

using value::Type;
using value::Value;

constexpr double kMillisOfSecond = 1000;
constexpr std::uint32_t kNanosOfMilli = 1'000'000;
constexpr duk_idx_t kPlaces = 8;  // of the machine's stack, for one level

bool has_integers(const Value& value) {
  if (value.is_array()) {
    return std::ranges::any_of(value.as_array(), [](const Value& one) { return one.is_int32(); });
  }
  return std::ranges::any_of(value.as_object(),
                             [](const value::Field& one) { return one.value.is_int32(); });
}

// Of the object or array on top.
void remember_source(duk_context* machine, const Value& value) {
  if (!has_integers(value)) return;
  Core& core = core_of(machine);
  duk_push_number(machine, static_cast<double>(core.sources.size()));
  core.sources.push_back(value);
  duk_put_prop_string(machine, -2, hidden::kSource);
}

void push_date(duk_context* machine, const value::Timestamp& instant) {
  const auto milliseconds = instant.nanoseconds / kNanosOfMilli;
  duk_get_global_string(machine, "Date");
  duk_push_number(machine, static_cast<double>(instant.seconds) * kMillisOfSecond +
                               static_cast<double>(milliseconds));
  duk_new(machine, 1);
}

void push_array(duk_context* machine, const Value& value) {
  duk_push_array(machine);
  duk_uarridx_t at = 0;
  for (const Value& element : value.as_array()) {
    push_value(machine, element);
    duk_put_prop_index(machine, -2, at++);
  }
  remember_source(machine, value);
}

void push_object(duk_context* machine, const Value& value) {
  duk_push_object(machine);
  for (const value::Field& field : value.as_object()) {
    push_text(machine, field.name);
    push_value(machine, field.value);
    // Defined rather than assigned: "__proto__" is a name like others, and no setter is called.
    duk_def_prop(machine, -3,
                 DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WRITABLE | DUK_DEFPROP_SET_ENUMERABLE |
                     DUK_DEFPROP_SET_CONFIGURABLE);
  }
  remember_source(machine, value);
}

// Of a regular expression of BSON, whose options x and s the language has not.
void push_regex(duk_context* machine, const Value& value) {
  duk_get_global_string(machine, "RegExp");
  push_text(machine, value.regex_pattern());
  std::string flags;
  for (const char option : value.regex_options()) {
    const bool known = std::string_view("gim").find(option) != std::string_view::npos;
    if (known && flags.find(option) == std::string::npos) flags.push_back(option);
  }
  push_text(machine, flags);
  duk_new(machine, 2);
}

bool push_row(duk_context* machine, const Value& value) {
  const auto rows = core_of(machine).environment.types;
  const auto row = std::ranges::find_if(rows, [&value](const TypeRow& one) {
    return one.type == value.type() && one.parts_of != nullptr;
  });
  if (row == rows.end()) return false;
  push_stashed(machine, stash::kTypes);
  push_text(machine, row->name);
  duk_get_prop(machine, -2);
  duk_remove(machine, -2);
  const std::vector<Value> parts = row->parts_of(value);
  for (const Value& part : parts) push_value(machine, part);
  duk_new(machine, static_cast<duk_idx_t>(parts.size()));
  return true;
}

}  // namespace

void push_value(duk_context* machine, const Value& value) {
  duk_require_stack(machine, kPlaces);
  if (value.is_int32()) {
    duk_push_number(machine, value.to_double());
    return;
  }
  if (push_row(machine, value)) return;
  switch (value.type()) {
    case Type::null:
    case Type::undefined:
      if (value.is_null()) {
        duk_push_null(machine);
      } else {
        duk_push_undefined(machine);
      }
      return;
    case Type::boolean: duk_push_boolean(machine, value.as_boolean() ? 1 : 0); return;
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal: duk_push_number(machine, value.to_double()); return;
    case Type::string:
    case Type::symbol: push_text(machine, value.as_string()); return;
    case Type::timestamp: push_date(machine, value.as_timestamp()); return;
    case Type::array: push_array(machine, value); return;
    case Type::object:
    case Type::geometry: push_object(machine, value); return;
    case Type::regex: push_regex(machine, value); return;
    default: break;
  }
  const auto simplified = core_of(machine).environment.simplified;
  const Value other = simplified == nullptr ? value : simplified(value);
  if (other.type() != value.type()) return push_value(machine, other);
  throw_text(machine, "a value of the type " + std::string(value::type_name(value.type())) +
                          " is nothing that JavaScript has");
}

}  // namespace octavo::javascript
