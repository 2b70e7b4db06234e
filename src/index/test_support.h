#pragma once

// A table over a log and rows in memory, its indexes wired as the engine wires them: what the tests
// of this folder and of the folders above it read, write and listen to.

#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/edit.h"
#include "index/index_set.h"
#include "index/maintainer.h"
#include "index/table_reader.h"
#include "kv/store.h"
#include "log/memory_log.h"
#include "txn/sequencer.h"
#include "value/document.h"
#include "value/json.h"
#include "value/key.h"

namespace octavo::index::testing_support {

// Terms of ReQL by their numbers in the drivers' protocol.
inline constexpr std::uint16_t kGetField = 31;
inline constexpr std::uint16_t kGreater = 21;
inline constexpr std::uint16_t kAdd = 24;
inline constexpr std::uint16_t kDefault = 92;

inline algebra::ExprPtr row() { return algebra::variable(algebra::VarId{1}); }
inline algebra::ExprPtr term(std::uint16_t number, std::vector<algebra::ExprPtr> arguments) {
  return algebra::call({algebra::FamilyId{1}, number}, std::move(arguments));
}
inline algebra::ExprPtr field_of_row(std::string_view name) {
  return term(kGetField, {row(), algebra::constant(value::Value::string(name))});
}
// row → body, row → row[name].
inline algebra::ExprPtr of_row(algebra::ExprPtr body) {
  return algebra::lambda({algebra::VarId{1}}, std::move(body));
}
inline algebra::ExprPtr field(std::string_view name) { return of_row(field_of_row(name)); }

inline value::Value number(std::int64_t n) { return value::Value::int64(n); }
inline value::Value json(std::string_view text) {
  auto parsed = value::parse_json(text);
  ASSERT(parsed);
  return *std::move(parsed);
}

struct RowWrite {
  value::Value key;
  std::optional<value::Value> row;  // unset: erases
};

class TestStore {
 public:
  TestStore() : log_(log::make_memory_log(clock_)), engine_(kv::open_memory_store()) {
    sequencer_ = std::make_unique<txn::Sequencer>(*log_, *engine_, clock_,
                                                  txn::Hooks{&maintainer_, nullptr, nullptr});
    ASSERT(sequencer_->start());
    define(catalog::create_database(*definitions(), "test"));
  }
  ~TestStore() { sequencer_->stop(); }

  // Definitions change between two commits, as they do in a record of their own.
  void define(const Result<catalog::Changes>& changes) {
    ASSERT(changes);
    sequencer_->run_exclusive([&](Lsn tip) {
      catalog::CatalogEditor editor(*definitions());
      for (const catalog::Change& change : *changes) editor.apply(change);
      editor.set_version(tip);
      auto next = std::move(editor).publish();
      const MutexLock lock(mutex_);
      definitions_ = std::move(next);
    });
  }

  TableId add_table(std::string_view name) {
    catalog::NewTable table;
    table.database = definitions()->find_database("test")->id;
    table.name = name;
    define(catalog::create_table(*definitions(), table));
    return definitions()->find_table(table.database, name)->id;
  }

  IndexId add_index(TableId table, std::string_view name, const algebra::ExprPtr& function,
                    bool multi = false) {
    catalog::IndexDefinition index;
    index.name = name;
    index.options = value::Value::object({{"multi", value::Value::boolean(multi)}});
    ASSERT(algebra::encode(function, index.function));
    define(catalog::add_index(*definitions(), table, std::move(index)));
    return definitions()->find_table(table)->find_index(name)->id;
  }
  void mark_ready(TableId table) {
    define(catalog::edit_table(*definitions(), table, [](catalog::TableDefinition& edited) {
      for (auto& index : edited.indexes) index.ready = true;
      return Status();
    }));
  }
  void drop_table(TableId table) { define(catalog::drop_table(*definitions(), table)); }

  // One record; a key that is named twice counts the last time.
  Lsn write(TableId table, const std::vector<RowWrite>& writes) {
    txn::TransactionBuilder builder;
    builder.set_snapshot(sequencer_->read_point());
    std::set<Bytes> done;
    for (auto at = writes.rbegin(); at != writes.rend(); ++at) {
      const Bytes key = value::encoded_key(at->key);
      if (!done.insert(key).second) continue;
      const auto stored = reader().stored(table, std::span(&key, 1), kv::ReadTier::any);
      ASSERT(stored);
      const auto& before = stored->front();
      if (at->row) {
        Bytes document;
        ASSERT(value::encode_document(*at->row, document));
        builder.put(table, key, before ? std::optional<BytesView>(before->document) : std::nullopt,
                    document);
      } else if (before) {
        builder.erase(table, key, before->document);
      }
    }
    if (builder.empty()) return sequencer_->tip();
    const auto transaction = builder.finish();
    ASSERT(transaction);
    const txn::Verdict verdict = sequencer_->commit(**transaction);
    ASSERT(verdict.status);
    return verdict.lsn;
  }
  Lsn put(TableId table, const value::Value& document) {
    return write(table, {{*document.find("id"), document}});
  }
  Lsn erase(TableId table, const value::Value& key) { return write(table, {{key, {}}}); }

  catalog::CatalogPtr definitions() const {
    const MutexLock lock(mutex_);
    return definitions_;
  }
  std::shared_ptr<const IndexSet> indexes(TableId table) {
    return sets_.of(definitions()->share_table(table));
  }
  TableReader reader(kv::SnapshotPointer snapshot = nullptr) const {
    return TableReader(kv::View(*engine_, std::move(snapshot)));
  }

  // What an index holds: entry key and primary key, without the index's id.
  std::vector<Bytes> entries(IndexId index) const {
    std::vector<Bytes> out;
    kv::CursorOptions options;
    options.lower = txn::index_begin(index);
    options.upper = txn::index_end(index);
    const auto cursor = engine_->cursor(kv::Family::index, options);
    for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
      out.emplace_back(cursor->key().substr(txn::kIdPrefixSize));
    }
    ASSERT(cursor->status());
    return out;
  }

  ManualClock& clock() { return clock_; }
  kv::Store& engine() { return *engine_; }
  txn::Sequencer& sequencer() { return *sequencer_; }
  IndexSets& sets() { return sets_; }

 private:
  ManualClock clock_;
  std::unique_ptr<log::CommitLog> log_;
  std::unique_ptr<kv::Store> engine_;
  IndexSets sets_;
  mutable Mutex mutex_;
  catalog::CatalogPtr definitions_ OCTAVO_GUARDED_BY(mutex_) =
      std::make_shared<const catalog::CatalogState>(catalog::CatalogState::initial());
  Maintainer maintainer_{sets_, [this] { return definitions(); }};
  std::unique_ptr<txn::Sequencer> sequencer_;
};

}  // namespace octavo::index::testing_support
