#include "protocol/mongodb/command/capped_room.h"

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/shared.h"
#include "protocol/mongodb/command/write_rows.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kRowsAtOnce = 64;

}  // namespace

std::optional<std::int64_t> CappedSizes::bytes(TableId table, std::int64_t documents) const {
  const MutexLock lock(mutex_);
  const auto known = known_.find(table);
  if (known == known_.end() || known->second.count != documents) return std::nullopt;
  return known->second.bytes;
}

void CappedSizes::set(TableId table, const CollectionSizes& sizes) {
  const MutexLock lock(mutex_);
  known_.insert_or_assign(table, sizes);
}

Result<std::unique_ptr<CappedRoom>> CappedRoom::take(CommandCall& call,
                                                     const Collection& collection) {
  if (call.in_transaction()) {
    return error(ErrorCode::operation_not_supported_in_transaction,
                 "Collection '{}' is a capped collection. Writes in transactions are not allowed "
                 "on capped collections.",
                 call.ns());
  }
  std::unique_ptr<CappedRoom> room(new CappedRoom(call, collection));
  const engine::TableLock lock{collection.id(), engine::LockMode::exclusive};
  TRY(room->held_, call.engine().hold_tables({&lock, 1}, call.context()));
  call.context().held_tables = room->held_.get();
  TRY_STATUS(room->look());
  return room;
}

CappedRoom::~CappedRoom() {
  if (call_.context().held_tables == held_.get()) call_.context().held_tables = nullptr;
}

// What there is, once nobody changes it.
Status CappedRoom::look() {
  const auto table = call_.engine().catalog()->share_table(collection_.id());
  const auto limits = table == nullptr ? std::nullopt : capped_limits(*table);
  if (!limits) return fail(Code::conflict, "The collection was changed meanwhile.");
  limits_ = *limits;
  call_.context().leave_version();
  TRY(const std::uint64_t rows, call_.engine().estimate_count(collection_.id(), call_.context()));
  sizes_.count = static_cast<std::int64_t>(rows);
  if (const auto bytes = call_.shared().capped_sizes.bytes(collection_.id(), sizes_.count)) {
    sizes_.bytes = *bytes;
  } else {
    TRY(sizes_, measure(call_, collection_));
    call_.shared().capped_sizes.set(collection_.id(), sizes_);
  }
  TRY(next_, next_number());
  return {};
}

Result<std::int64_t> CappedRoom::next_number() {
  const auto last = algebra::make_plan(algebra::Limit{
      .input = natural_scan(*collection_.table, algebra::Direction::descending), .count = 1});
  TRY(const auto query, call_.engine().query(last, call_.context()));
  std::vector<Value> rows;
  TRY_STATUS(query->next(1, rows));
  return rows.empty() ? 1 : natural_number_of(rows.front()).value_or(0) + 1;
}

Result<std::vector<Value>> CappedRoom::make_room(const CollectionSizes& coming, std::size_t most) {
  std::vector<Value> leaving;
  CollectionSizes change = coming;
  if (fits(change)) return leaving;
  call_.context().leave_version();
  TRY(const auto query,
      call_.engine().query(natural_scan(*collection_.table, algebra::Direction::ascending),
                           call_.context()));
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    for (const Value& row : rows) {
      if (fits(change) || leaving.size() >= most) return leaving;
      const Value* const key = row.find(collection_.primary_key());
      if (key == nullptr) continue;
      leaving.push_back(*key);
      --change.count;
      change.bytes -= static_cast<std::int64_t>(bson_size(collection_.shown(row)));
    }
  } while (!rows.empty());
  return leaving;
}

bool CappedRoom::fits(const CollectionSizes& change) const {
  return sizes_.bytes + change.bytes <= limits_.bytes &&
         (!limits_.documents || sizes_.count + change.count <= *limits_.documents);
}

void CappedRoom::changed(const CollectionSizes& change) {
  sizes_.count += change.count;
  sizes_.bytes += change.bytes;
  call_.shared().capped_sizes.set(collection_.id(), sizes_);
}

Status shrink_to_limits(CommandCall& call, const Collection& collection) {
  const auto none = [](std::size_t, const Value*) -> Result<exec::RowEdit> {
    return exec::RowEdit();
  };
  TRY([[maybe_unused]] const auto written, write_documents(call, collection, {}, none, false));
  return {};
}

}  // namespace octavo::mongodb
