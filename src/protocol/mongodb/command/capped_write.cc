#include "protocol/mongodb/command/capped_write.h"

#include <utility>

#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/command/capped_room.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// What a write does to a capped collection, a row after the other.
class CappedWrite {
 public:
  CappedWrite(const Collection& collection, const CappedRoom& room, std::size_t given,
              std::size_t rows, const CollectionSizes& coming)
      : collection_(collection), room_(room), given_(given), changes_(rows), before_(rows + 1) {
    before_.front() = coming;
  }

  // The oldest go as long as what came before them in the write does not fit.
  Result<exec::RowEdit> decide(const DecideDocument& decide, std::size_t i, const Value* current) {
    changes_[i] = {};
    before_[i + 1] = before_[i];
    if (i < given_) return decide(i, current);
    if (current == nullptr || room_.fits(before_[i])) return exec::RowEdit();
    return exec::RowEdit{.action = exec::RowEdit::Action::erase, .row = {}};
  }

  void complete(std::size_t i, const Value* stored, exec::RowEdit& edit) {
    using enum exec::RowEdit::Action;
    if (edit.action == keep) return;
    CollectionSizes change;
    if (stored != nullptr) {
      --change.count;
      change.bytes -= size_of(collection_.shown(*stored));
    }
    if (edit.action == put) {
      ++change.count;
      change.bytes += size_of(edit.row);
      const auto number = stored == nullptr ? room_.number(i) : natural_number_of(*stored);
      if (number) edit.row = with_natural_number(edit.row, *number);
    }
    changes_[i] = change;
    before_[i + 1] = {before_[i].count + change.count, before_[i].bytes + change.bytes};
  }

  CollectionSizes sum() const {
    CollectionSizes all;
    for (const CollectionSizes& change : changes_) {
      all.count += change.count;
      all.bytes += change.bytes;
    }
    return all;
  }
  // Rows that were not written.
  void forget(std::size_t i) { changes_[i] = {}; }

 private:
  static std::int64_t size_of(const Value& document) {
    return static_cast<std::int64_t>(bson_size(document));
  }

  const Collection& collection_;
  const CappedRoom& room_;
  const std::size_t given_;
  std::vector<CollectionSizes> changes_;  // by each row
  std::vector<CollectionSizes> before_;   // by all rows before it, and what is still to come
};

// With the oldest documents, which go where there is no room for the others. `coming`: what is to
// be written behind that.
Result<DocumentsWritten> write_with(const Collection& collection, std::vector<Value> keys,
                                    const std::vector<Value>& leaving, CappedRoom& room,
                                    const CollectionSizes& coming, const DecideDocument& decide,
                                    bool whole, const WriteRows& write_rows) {
  const std::size_t given = keys.size();
  keys.insert(keys.end(), leaving.begin(), leaving.end());
  CappedWrite write(collection, room, given, keys.size(), coming);
  TRY(auto written,
      write_rows(
          std::move(keys), given,
          [&](std::size_t i, const Value* current) { return write.decide(decide, i, current); },
          [&](std::size_t i, const Value* stored, exec::RowEdit& edit) {
            write.complete(i, stored, edit);
          }));
  for (const auto& [i, failure] : written.errors) {
    if (i >= given) return std::unexpected(failure.error);
    write.forget(i);
  }
  if (!whole || written.errors.empty()) room.changed(write.sum());
  return written;
}

}  // namespace

Result<DocumentsWritten> write_capped(CommandCall& call, const Collection& collection,
                                      std::vector<Value> keys, const DecideDocument& decide,
                                      const NewDocuments& fresh, bool whole,
                                      const WriteRows& write_rows) {
  constexpr std::size_t kLeavingAtOnce = 1'000;
  TRY(const auto room, CappedRoom::take(call, collection));
  const CollectionSizes coming{.count = fresh.count, .bytes = fresh.bytes};
  std::vector<Value> leaving;
  // Whoever changes documents keeps them all. Where many have to go, most go before, in commits of
  // their own.
  while (fresh.count > 0 || keys.empty()) {
    TRY(leaving, room->make_room(coming, kLeavingAtOnce));
    if (leaving.size() < kLeavingAtOnce) break;
    TRY([[maybe_unused]] const auto gone,
        write_with(collection, {}, leaving, *room, coming, decide, whole, write_rows));
  }
  return write_with(collection, std::move(keys), leaving, *room, {}, decide, whole, write_rows);
}

}  // namespace octavo::mongodb
