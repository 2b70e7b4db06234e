#include "dialect/sql/bind/view_forms.h"

#include <utility>

#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

using value::Value;

constexpr std::string_view kQuery = "query";
constexpr std::string_view kColumns = "columns";
constexpr std::string_view kAlgorithm = "algorithm";
constexpr std::string_view kDefiner = "definer";
constexpr std::string_view kCharset = "character_set_client";
constexpr std::string_view kCollation = "collation_connection";

std::string text_of(const Value& forms, std::string_view name) {
  const Value* const found = forms.find(name);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

}  // namespace

Value to_value(const ViewForms& forms) {
  value::ObjectBuilder out;
  out.set(kQuery, Value::string(forms.query));
  if (!forms.columns.empty()) {
    std::vector<Value> names;
    for (const std::string& name : forms.columns) names.push_back(Value::string(name));
    out.set(kColumns, Value::array(std::move(names)));
  }
  out.set(kAlgorithm, Value::string(forms.algorithm));
  out.set(kDefiner, Value::string(forms.definer));
  out.set(kCharset, Value::string(forms.charset));
  out.set(kCollation, Value::string(forms.collation));
  return std::move(out).build();
}

Result<ViewForms> forms_of(const catalog::ViewDefinition& view, std::string_view database) {
  const Value& kept = view.forms.of(kFormsName);
  if (!kept.is_object()) return error<1356>(database, view.name);
  ViewForms forms{.query = text_of(kept, kQuery),
                  .algorithm = text_of(kept, kAlgorithm),
                  .definer = text_of(kept, kDefiner),
                  .charset = text_of(kept, kCharset),
                  .collation = text_of(kept, kCollation)};
  if (const Value* const names = kept.find(kColumns); names != nullptr && names->is_array()) {
    for (const Value& name : names->as_array()) forms.columns.emplace_back(name.as_string());
  }
  return forms;
}

}  // namespace octavo::sql
