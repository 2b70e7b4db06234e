#include "exec/field_keys.h"

#include <string>
#include <utility>

#include "value/path.h"

namespace octavo::exec {
namespace {

using function::Form;
using function::Operand;
using function::Shape;

struct FieldAlone {
  std::string name;
  bool missing_is_null = false;
};
// The field that a lambda gives, when it gives a field of its row as it is.
std::optional<FieldAlone> field_alone(const algebra::ExprPtr& lambda) {
  const auto* node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return std::nullopt;
  const auto* call = std::get_if<algebra::Call>(&node->body->node);
  if (call == nullptr) return std::nullopt;
  const function::Family* family = function::find_family(call->function.family);
  // Without kernels a family reads what is missing by its own rule.
  if (family == nullptr || family->kernels == nullptr) return std::nullopt;
  const auto access = family->field_of(*call);
  if (!access) return std::nullopt;
  const auto* row = std::get_if<algebra::Var>(&access->object->node);
  if (row == nullptr || row->id != node->params.front()) return std::nullopt;
  return FieldAlone{std::string(access->name), family->reads_plainly};
}

}  // namespace

FieldKeys::FieldKeys(const algebra::Sort& sort, Missing missing, FieldScan::Wanted& wanted) {
  for (const algebra::SortKey& key : sort.keys) {
    auto field = missing == Missing::as_null ? std::nullopt : field_alone(key.key);
    if (field) {
      sources_.push_back({.is_field = true,
                          .missing_is_null = field->missing_is_null,
                          .place = wanted.columns.size()});
      wanted.columns.push_back({.path = value::Path({std::move(field->name)})});
    } else {
      sources_.push_back({.is_field = false,
                          .missing_is_null = missing == Missing::as_null,
                          .place = wanted.lambdas.size()});
      wanted.lambdas.push_back({key.key, std::nullopt});
    }
  }
}

Status FieldKeys::append(const algebra::Sort& sort, FieldScan& scan, std::uint16_t row,
                         Bytes& key) const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto [is_field, missing_is_null, place] = sources_[i];
    if (is_field) {
      const value::Vector& field = scan.column(place);
      if (missing_is_null && field.absence(row) == value::Absence::missing) {
        append_sort_key(sort, i, value::Value(), key);
      } else {
        TRY_STATUS(append_sort_key(sort, i, field, row, key));
      }
      continue;
    }
    const Operand* const computed = scan.result(place);
    const bool is_typed = computed != nullptr && scan.shape(place) == Shape::typed;
    if (is_typed && append_sort_key(sort, i, *computed, row, key)) continue;
    TRY(auto found, scan.value_of(place, row));
    if (missing_is_null && !found) found.emplace();
    append_sort_key(sort, i, found, key);
  }
  return {};
}

std::optional<Operand> FieldKeys::typed_result(const FieldScan& scan, std::size_t lambda) {
  const Operand* const computed = scan.result(lambda);
  if (computed == nullptr) return std::nullopt;
  Operand typed = *computed;
  switch (scan.shape(lambda)) {
    case Shape::typed: return typed;
    case Shape::boolean: typed.form = Form::boolean; return typed;
    case Shape::number: typed.form = Form::real; return typed;
    case Shape::text: typed.form = Form::text; return typed;
    case Shape::any: break;
  }
  return std::nullopt;
}

}  // namespace octavo::exec
