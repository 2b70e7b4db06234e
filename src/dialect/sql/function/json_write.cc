// Documents made of values and of other documents.

#include <string>

#include "dialect/sql/function/json_arguments.h"
#include "dialect/sql/function/named.h"
#include "dialect/sql/json/edit.h"
#include "dialect/sql/json/object.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kObject = operation_block::kJson + 60,  // (name, value, ...)
  kArray,                                 // (values ...)
  kSet,                                   // (document, path, value, ...)
  kInsert,                                // the same
  kReplace,                               // the same
  kRemove,                                // (document, paths ...)
  kArrayAppend,                           // (document, path, value, ...)
  kArrayInsert,                           // the same
  kMergePatch,                            // (documents ...)
  kMergePreserve,                         // (documents ...)
};

Result<Value> checked(Value document) {
  TRY_STATUS(check_json_depth(document));
  return whole_json(document);
}

Result<Value> object(const SingleCall&, Args args) {
  std::vector<value::Field> fields;
  for (std::size_t i = 0; i + 1 < args.size(); i += 2) {
    if (args[i].is_null()) return error<3158>();
    TRY(const std::string_view name, text_at(args, i));
    TRY_STATUS(check_json_depth(args[i + 1], 1));
    fields.push_back({std::string(name), part_of_json(args[i + 1])});
  }
  return json_object(std::move(fields));
}

Result<Value> array(const SingleCall&, Args args) {
  std::vector<Value> elements;
  for (const Value& each : args) {
    TRY_STATUS(check_json_depth(each, 1));
    elements.push_back(part_of_json(each));
  }
  return Value::array(std::move(elements));
}

// Null for a document or a path that is null; a value that is null is one of JSON.
template <JsonChange kChange>
Result<Value> change(const SingleCall& call, Args args) {
  if (args[0].is_null()) return Value();
  Value document = part_of_json(args[0]);
  for (std::size_t i = 1; i + 1 < args.size(); i += 2) {
    TRY_STATUS(call.context.check());
    if (args[i].is_null()) return Value();
    TRY(const JsonPath path, plain_path_at(args, i));
    if constexpr (kChange == JsonChange::array_insert) {
      if (path.legs.empty() || path.legs.back().kind != JsonLeg::Kind::cell) return error<3165>();
    }
    document = edit_json(document, path, kChange, part_of_json(args[i + 1]));
    TRY_STATUS(check_json_depth(document));
  }
  return whole_json(document);
}

Result<Value> remove(const SingleCall&, Args args) {
  Value document = part_of_json(args[0]);
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(const JsonPath path, plain_path_at(args, i));
    if (path.legs.empty()) return error<3153>();
    document = edit_json(document, path, JsonChange::remove, Value());
  }
  return whole_json(document);
}

// From the last patch that is no object on: what is before it does not count, even if it is null.
Result<Value> merge_patch(const SingleCall&, Args args) {
  std::size_t begin = 0;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (!args[i].is_null() && !args[i].is_object()) begin = i;
  }
  for (const Value& each : args.subspan(begin)) {
    if (each.is_null()) return Value();
  }
  Value document = part_of_json(args[begin]);
  for (const Value& patch : args.subspan(begin + 1)) {
    document = merge_json_patch(document, part_of_json(patch));
  }
  return checked(std::move(document));
}

Result<Value> merge_preserve(const SingleCall&, Args args) {
  Value document = part_of_json(args[0]);
  for (const Value& each : args.subspan(1)) {
    document = merge_json_preserve(document, part_of_json(each));
  }
  return checked(std::move(document));
}

constexpr OperationRow kOperations[] = {
    lenient(kObject, "sql.json_object", 0, object),
    lenient(kArray, "sql.json_array", 0, array),
    lenient(kSet, "sql.json_set", 3, change<JsonChange::set>),
    lenient(kInsert, "sql.json_insert", 3, change<JsonChange::insert>),
    lenient(kReplace, "sql.json_replace", 3, change<JsonChange::replace>),
    strict(kRemove, "sql.json_remove", 2, remove),
    lenient(kArrayAppend, "sql.json_array_append", 3, change<JsonChange::append>),
    lenient(kArrayInsert, "sql.json_array_insert", 3, change<JsonChange::array_insert>),
    lenient(kMergePatch, "sql.json_merge_patch", 2, merge_patch),
    strict(kMergePreserve, "sql.json_merge_preserve", 2, merge_preserve),
};

Result<Typed> bind_object(CallBinder& call) {
  if (call.size() % 2 != 0) return call.wrong_count();
  for (std::size_t i = 0; i < call.size(); i += 2) {
    TRY_STATUS(call.to_text(i));
    TRY_STATUS(call.to_json(i + 1));
  }
  return call.make(kObject, never_null(json_type()));
}

Result<Typed> bind_array(CallBinder& call) {
  for (std::size_t i = 0; i < call.size(); ++i) TRY_STATUS(call.to_json(i));
  return call.make(kArray, never_null(json_type()));
}

template <std::uint16_t kNumber>
Result<Typed> bind_change(CallBinder& call) {
  if (call.size() % 2 == 0) return call.wrong_count();
  TRY_STATUS(call.parse_json(0));
  for (std::size_t i = 1; i < call.size(); i += 2) {
    TRY_STATUS(call.to_text(i));
    TRY_STATUS(call.to_json(i + 1));
  }
  return call.make(kNumber, json_type());
}

Result<Typed> bind_remove(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  for (std::size_t i = 1; i < call.size(); ++i) TRY_STATUS(call.to_text(i));
  return call.make(kRemove, never_null(json_type()));
}

template <std::uint16_t kNumber>
Result<Typed> bind_merge(CallBinder& call) {
  for (std::size_t i = 0; i < call.size(); ++i) TRY_STATUS(call.parse_json(i));
  return call.make(kNumber, json_type());
}

Result<Typed> bind_old_merge(CallBinder& call) {
  warn(call.context().constants,
       error<1287>("JSON_MERGE", "JSON_MERGE_PRESERVE/JSON_MERGE_PATCH").error());
  return bind_merge<kMergePreserve>(call);
}

constexpr NameRow kNames[] = {
    {"JSON_ARRAY", 0, kAnyNumber, bind_array},
    {"JSON_ARRAY_APPEND", 3, kAnyNumber, bind_change<kArrayAppend>},
    {"JSON_ARRAY_INSERT", 3, kAnyNumber, bind_change<kArrayInsert>},
    {"JSON_INSERT", 3, kAnyNumber, bind_change<kInsert>},
    {"JSON_MERGE", 2, kAnyNumber, bind_old_merge},
    {"JSON_MERGE_PATCH", 2, kAnyNumber, bind_merge<kMergePatch>},
    {"JSON_MERGE_PRESERVE", 2, kAnyNumber, bind_merge<kMergePreserve>},
    {"JSON_OBJECT", 0, kAnyNumber, bind_object},
    {"JSON_REMOVE", 2, kAnyNumber, bind_remove},
    {"JSON_REPLACE", 3, kAnyNumber, bind_change<kReplace>},
    {"JSON_SET", 3, kAnyNumber, bind_change<kSet>},
};

}  // namespace

std::span<const OperationRow> json_write_operations() { return kOperations; }
std::span<const NameRow> json_write_names() { return kNames; }

}  // namespace octavo::sql
