#include "engine/change_sets.h"

#include "value/document.h"
#include "value/key.h"

namespace octavo::engine {
namespace {

std::optional<value::Value> decoded(std::optional<BytesView> document) {
  if (!document) return std::nullopt;
  auto value = value::decode_document(*document);
  if (!value) return std::nullopt;
  return *std::move(value);
}

value::Value decoded_key(BytesView key) {
  ByteReader reader(key);
  auto value = value::decode_key(reader);
  return value ? *std::move(value) : value::Value();
}

}  // namespace

void add_changes(const txn::OpsView& ops, std::uint32_t first_op, TableId table,
                 algebra::ChangeSet& set) {
  std::uint32_t index = first_op;
  txn::Op op;
  for (auto at = ops.begin_ops(); at.next(op); ++index) {
    if (const auto* put = std::get_if<txn::PutOp>(&op); put != nullptr && put->table == table) {
      set.changes.push_back(
          {decoded_key(put->key), decoded(put->before), decoded(put->after), index, put->whole});
      set.bytes += put->after.size() + (put->before ? put->before->size() : 0);
    } else if (const auto* erase = std::get_if<txn::EraseOp>(&op);
               erase != nullptr && erase->table == table) {
      set.changes.push_back({decoded_key(erase->key), decoded(erase->before), {}, index});
      set.bytes += erase->before.size();
    }
  }
}

}  // namespace octavo::engine
