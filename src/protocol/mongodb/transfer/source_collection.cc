#include "protocol/mongodb/transfer/source_collection.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Field;
using value::Value;

// What listCollections and listIndexes show and nobody can ask for, or that is only about how the
// source stores its files.
constexpr std::string_view kLeftOut[] = {
    "autoIndexId",         "background", "clustered",     "dropDups",        "flags",
    "indexOptionDefaults", "ns",         "prepareUnique", "recordPreImages", "storageEngine"};

bool is_left_out(std::string_view name) {
  return std::ranges::find(kLeftOut, name) != std::end(kLeftOut);
}

// A text index is listed by what it is made of: {_fts: "text", _ftsx: 1} in place of its fields,
// which are those that have weights.
Value asked_key(const Value& index, const Value& key) {
  const Value* const weights = index.find("weights");
  if (key.find("_fts") == nullptr || weights == nullptr || !weights->is_object()) return key;
  std::vector<Field> out;
  for (const Field& field : key.as_object()) {
    if (field.name == "_ftsx") continue;
    if (field.name != "_fts") {
      out.push_back(field);
      continue;
    }
    for (const Field& weight : weights->as_object()) out.push_back({weight.name, text("text")});
  }
  return Value::object(std::move(out));
}

Value asked_index(const Value& row) {
  std::vector<Field> out;
  for (const Field& field : row.as_object()) {
    if (is_left_out(field.name)) continue;
    const bool is_key = field.name == "key" && field.value.is_object();
    out.push_back({field.name, is_key ? asked_key(row, field.value) : field.value});
  }
  return Value::object(std::move(out));
}

}  // namespace

std::string text_of(const Value& document, std::string_view name) {
  const Value* const found = document.find(name);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

CollectionKind kind_of(std::string_view name) {
  if (name.empty() || name == "collection") return CollectionKind::collection;
  return name == "view" ? CollectionKind::view : CollectionKind::other;
}

Value usable_options(const Value* options) {
  std::vector<Field> out;
  if (options != nullptr && options->is_object()) {
    for (const Field& field : options->as_object()) {
      if (!is_left_out(field.name)) out.push_back(field);
    }
  }
  return Value::object(std::move(out));
}

std::vector<Value> usable_indexes(const Value& listed) {
  std::vector<Value> out;
  if (!listed.is_array()) return out;
  for (const Value& row : listed.as_array()) {
    if (row.is_object() && text_of(row, "name") != "_id_") out.push_back(asked_index(row));
  }
  return out;
}

}  // namespace octavo::mongodb::transfer
