#pragma once

// Fields of documents by their paths, as expressions name them ("$a.b"): on the way an array stands
// for all of its elements, and a number names a field and never an element.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb {
namespace op {

enum Access : std::uint16_t {
  kPath = operation_block::kAccess,  // (any, array of names)
  kRemove,                           // (): nothing, as $$REMOVE
  kWithId,                           // (document, name of a field): `_id` first, which is that
  kAbsent,                           // (): an argument by name that was left out
  kWithoutField,                     // (document, name of a field): without that
};

}  // namespace op

// What lies at the path below `from`; an array of what lies there in its elements, for an array on
// the way. Nothing: it is missing.
Item at_path(const value::Value& from, std::span<const value::Value> names);

// The document with its primary key under `_id` as well, where it is called otherwise.
value::Value with_id(const value::Value& document, std::string_view primary_key);

// The document without a field of its own.
value::Value without_field(const value::Value& document, std::string_view name);

// The call that computes `at_path`. `names` is not empty.
algebra::ExprPtr path_call(algebra::ExprPtr object, std::span<const std::string> names);

// The fields of its argument 0 that a call names, when it reads nothing else of it: the first name
// of a path, or those of operation_flag::kReadsFields. The views are into it. Nothing: the call may
// read all of it.
std::optional<std::vector<std::string_view>> fields_named(const algebra::Call& call);

}  // namespace octavo::mongodb
