#pragma once

// Catalog entries as documents: how their fields are made and read (docs/formats/catalog.md).

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "catalog/per_protocol.h"
#include "value/value.h"

namespace octavo::catalog {

inline value::Value text(std::string_view s) { return value::Value::string(s); }
inline value::Value blob(BytesView b) { return value::Value::bytes(b); }
inline value::Value number(std::uint64_t n) {
  return value::Value::int64(static_cast<std::int64_t>(n));
}
inline value::Value to_value(const PerProtocol& values) {
  value::ObjectBuilder out;
  for (const auto& [protocol, value] : values.all()) out.set(protocol, value);
  return std::move(out).build();
}

// Reads typed fields of a decoded entry. The first field that is missing, of another type, or not
// known to this version makes the whole entry unreadable: an entry that is understood in part would
// be written back without the rest.
class FieldReader {
 public:
  explicit FieldReader(const value::Value& object) : object_(object) {}

  std::string text(std::string_view name) {
    const value::Value* found = field(name, value::Type::string);
    return found == nullptr ? std::string() : std::string(found->as_string());
  }
  Bytes blob(std::string_view name) {
    const value::Value* found = field(name, value::Type::bytes);
    return found == nullptr ? Bytes() : Bytes(found->as_bytes());
  }
  std::uint64_t number(std::string_view name) {
    const value::Value* found = field(name, value::Type::int64);
    return found == nullptr ? 0 : static_cast<std::uint64_t>(found->as_int64());
  }
  // One of the first numbers, up to `last`, which are all that this version knows.
  template <class Enum>
  Enum one_of(std::string_view name, Enum last) {
    const std::uint64_t found = number(name);
    if (found <= static_cast<std::uint64_t>(last)) return static_cast<Enum>(found);
    note(fmt::format("unknown {} {}", name, found));
    return Enum{};
  }
  bool boolean(std::string_view name) {
    const value::Value* found = field(name, value::Type::boolean);
    return found != nullptr && found->as_boolean();
  }
  value::ArrayView array(std::string_view name) {
    const value::Value* found = field(name, value::Type::array);
    return found == nullptr ? value::ArrayView() : found->as_array();
  }
  // Asked where a field took another's place, which is not read then.
  bool has(std::string_view name) const {
    return object_.is_object() && object_.find(name) != nullptr;
  }
  value::Value any(std::string_view name) {
    const value::Value* found = find(name);
    if (found == nullptr) note(fmt::format("missing field `{}`", name));
    return found == nullptr ? value::Value() : *found;
  }
  // An object by protocol; in the older field, where null is nothing, what one protocol kept.
  PerProtocol per_protocol(std::string_view name, std::string_view older_name = {}) {
    PerProtocol out;
    if (!older_name.empty() && has(older_name)) {
      if (const value::Value kept = any(older_name); !kept.is_null()) out.set(kOldWriter, kept);
    } else if (const value::Value* found = field(name, value::Type::object)) {
      for (const value::Field& kept : found->as_object()) out.set(kept.name, kept.value);
    }
    return out;
  }
  std::optional<bool> optional_boolean(std::string_view name) {
    return find(name) == nullptr ? std::nullopt : std::optional(boolean(name));
  }
  std::optional<std::uint64_t> optional_number(std::string_view name) {
    return find(name) == nullptr ? std::nullopt : std::optional(number(name));
  }

  // After all fields were asked for. `what` is the definition, for the text.
  Status done(std::string_view what) {
    if (!object_.is_object()) note("not an object");
    if (object_.is_object()) {
      for (const value::Field& field : object_.as_object()) {
        if (std::ranges::find(known_, field.name) == known_.end()) {
          note(fmt::format("unknown field `{}`", std::string_view(field.name)));
        }
      }
    }
    if (!problem_) return {};
    return fail(Code::corrupt, fmt::format("the definition of {} cannot be read: {}; it was "
                                           "written by a newer version, or is damaged",
                                           what, *problem_));
  }

 private:
  // Wrote the older fields.
  static constexpr std::string_view kOldWriter = "rethinkdb";

  const value::Value* find(std::string_view name) {
    known_.push_back(name);
    return object_.find(name);
  }
  const value::Value* field(std::string_view name, value::Type type) {
    const value::Value* found = find(name);
    if (found != nullptr && found->type() == type) return found;
    note(fmt::format("{} `{}`", found == nullptr ? "missing field" : "wrong type of field", name));
    return nullptr;
  }
  void note(std::string problem) {
    if (!problem_) problem_ = std::move(problem);
  }

  const value::Value& object_;
  std::vector<std::string_view> known_;
  std::optional<std::string> problem_;
};

}  // namespace octavo::catalog
