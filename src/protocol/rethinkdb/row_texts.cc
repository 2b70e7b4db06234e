#include "protocol/rethinkdb/row_texts.h"

#include <functional>

#include "dialect/reql/text/json_out.h"

namespace octavo::rethinkdb {
namespace {

using value::Value;

// Copies of a value share their fields, so the address of the fields names the value as long as
// one copy is held. Null for a value without fields.
const void* identity(const Value& row) {
  if (!row.is_object() || row.as_object().empty()) return nullptr;
  return row.as_object().data();
}

}  // namespace

Status RowTexts::write_document(const Value& document, std::string& out, value::Charge* charge) {
  if (!document.is_object()) return reql::write_json(document, out, charge);
  out.push_back('{');
  bool first = true;
  for (const auto& field : document.as_object()) {
    if (!first) out.push_back(',');
    first = false;
    reql::write_json_string(field.name, out);
    out.push_back(':');
    TRY_STATUS(write_row(field.value, out, charge));
  }
  out.push_back('}');
  return {};
}

Status RowTexts::write_row(const Value& row, std::string& out, value::Charge* charge) {
  const void* const address = identity(row);
  if (address == nullptr) return reql::write_json(row, out, charge);
  Slot& slot = slots_[std::hash<const void*>()(address) / alignof(std::max_align_t) % kSlots];
  if (identity(slot.row) == address) {
    out += slot.text;
    return {};
  }
  const std::size_t start = out.size();
  TRY_STATUS(reql::write_json(row, out, charge));
  if (out.size() - start <= kMaxTextBytes) {
    slot.row = row;
    slot.text.assign(out, start);
  }
  return {};
}

}  // namespace octavo::rethinkdb
