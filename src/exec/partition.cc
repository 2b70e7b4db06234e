#include "exec/partition.h"

namespace octavo::exec {

Status Partition::add(value::Value row, BytesView order_key) {
  // Vectors grow by doubling.
  TRY_STATUS(memory_.add(2 * sizeof(value::Value)));
  if (keys_.empty() || BytesView(keys_.back()) != order_key) {
    TRY_STATUS(memory_.add(2 * (sizeof(std::size_t) + sizeof(Bytes)) + order_key.size()));
    bytes_ += sizeof(std::size_t) + sizeof(Bytes) + order_key.size();
    starts_.push_back(rows_.size());
    keys_.emplace_back(order_key);
  }
  bytes_ += 2 * sizeof(value::Value) + row.memory_bytes();
  rows_.push_back(std::move(row));
  return {};
}

}  // namespace octavo::exec
