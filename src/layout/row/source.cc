#include "layout/row/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/limits.h"
#include "exec/plain_fields.h"
#include "function/family.h"
#include "index/distinct_keys.h"
#include "index/multi_option.h"
#include "layout/row/key_prefixes.h"
#include "layout/row/reader_fields.h"
#include "txn/row_counts.h"
#include "txn/row_key.h"
#include "value/account.h"
#include "value/document.h"
#include "value/field_decoder.h"
#include "value/maker.h"
#include "value/object_fields.h"

namespace octavo::layout {
namespace {

using Table = catalog::TableDefinition;

class ReaderCursor final : public exec::RowCursor {
 public:
  ReaderCursor(value::Charge held, std::unique_ptr<index::RowReader> reader,
               std::shared_ptr<const Table> table)
      : held_(std::move(held)), reader_(std::move(reader)), table_(std::move(table)) {}
  Status next(std::size_t max_rows, exec::Rows& out) override {
    const Status read = reader_->next(max_rows, out);
    return read ? read : fail(of_table(read.error(), *table_));
  }

 private:
  value::Charge held_;  // for the reader
  std::unique_ptr<index::RowReader> reader_;
  std::shared_ptr<const Table> table_;  // for the text of errors
};

// Makes rows of some fields of documents.
class SomeRows final : public index::RowSink {
 public:
  explicit SomeRows(exec::SomeFields fields)
      : fields_(std::move(fields)),
        places_(fields_.names),
        found_(fields_.names.size()),
        order_(found_.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }

  // Where rows go from now on.
  void put_to(exec::Rows& out) { out_ = &out; }

  Status add(BytesView row_key, BytesView stored) override {
    TRY(const BytesView document, index::document_of(row_key, stored));
    auto row = made_of(document);
    if (!row) {
      return fail(index::unreadable_row(txn::primary_key_of(row_key), row.error().what));
    }
    out_->push_back(*std::move(row));
    return {};
  }

 private:
  Result<value::Value> made_of(BytesView document) {
    const bool arrays = fields_.form == exec::SomeFields::Form::arrays;
    const value::DocumentView view(document);
    const bool is_object = view.type() == value::Type::object;
    // Of a few fields many are no less work than all.
    const bool all = !is_object || (!arrays && view.size() <= fields_.names.size());
    if (all || !find_fields(document)) {
      TRY(value::Value whole, view.to_value());
      return arrays ? exec::fields_of(whole, fields_.names) : std::move(whole);
    }
    return arrays ? make_array() : make_object();
  }

  // False where the document is damaged.
  bool find_fields(BytesView document) {
    if (!places_.open(document)) return false;
    present_ = 0;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      found_[i] = {};
      const auto found = places_.field(i, found_[i]);
      if (found == value::ObjectFields::Found::damage) return false;
      if (found == value::ObjectFields::Found::value) ++present_;
    }
    return true;
  }

  Result<value::Value> make_array() const {
    value::ArrayMaker array(found_.size());
    for (const BytesView& field : found_) {
      if (field.data() == nullptr) {
        array.append(value::Value());
        continue;
      }
      TRY(value::Value value, value::decode_document(field));
      array.append(std::move(value));
    }
    return std::move(array).finish();
  }

  // As the document has them, which is how most documents of a table have them.
  void put_in_order() {
    const auto place = [this](std::size_t i) { return found_[i].data(); };
    if (!std::ranges::is_sorted(order_, {}, place)) std::ranges::sort(order_, {}, place);
  }

  Result<value::Value> make_object() {
    put_in_order();
    value::ObjectMaker object(present_);
    for (const std::size_t i : order_) {
      if (found_[i].data() == nullptr) continue;
      TRY(value::Value value, value::decode_document(found_[i]));
      object.append(fields_.names[i], std::move(value));
    }
    return std::move(object).finish();
  }

  const exec::SomeFields fields_;
  value::ObjectFields places_;
  exec::Rows* out_ = nullptr;
  std::vector<BytesView> found_;    // of a document; no bytes at all: it lacks the field
  std::vector<std::size_t> order_;  // of those, in which the document has them
  std::size_t present_ = 0;
};

class SomeCursor final : public exec::RowCursor {
 public:
  SomeCursor(value::Charge held, std::unique_ptr<index::RowReader> reader,
             std::shared_ptr<const Table> table, exec::SomeFields fields)
      : held_(std::move(held)),
        reader_(std::move(reader)),
        table_(std::move(table)),
        sink_(std::move(fields)) {}
  Status next(std::size_t max_rows, exec::Rows& out) override {
    sink_.put_to(out);
    const Status read = reader_->read(max_rows, sink_);
    return read ? read : fail(of_table(read.error(), *table_));
  }

 private:
  value::Charge held_;  // for the reader
  std::unique_ptr<index::RowReader> reader_;
  std::shared_ptr<const Table> table_;  // for the text of errors
  SomeRows sink_;
};

// Keys of an index; of rows whose key does not say all, what its function gives.
class KeyCursor final : public exec::RowCursor, public index::KeySink {
 public:
  KeyCursor(value::Charge held, std::unique_ptr<index::KeyReader> reader,
            std::shared_ptr<const Table> table, algebra::ExprPtr function,
            exec::QueryContext& query)
      : held_(std::move(held)),
        reader_(std::move(reader)),
        table_(std::move(table)),
        function_(std::move(function)),
        query_(query) {}
  Status next(std::size_t max_rows, exec::Rows& out) override {
    out_ = &out;
    const Status read = reader_->read(max_rows, *this);
    return read ? read : fail(of_table(read.error(), *table_));
  }
  Status add(value::Value key) override {
    out_->push_back(std::move(key));
    return {};
  }
  Status add_row(BytesView row_key, BytesView stored) override {
    TRY(const value::Value row, index::decode_row(row_key, stored));
    TRY(value::Value key,
        function::evaluate_lambda(function_, std::span(&row, 1), query_.evaluation));
    return add(std::move(key));
  }

 private:
  value::Charge held_;  // for the reader
  std::unique_ptr<index::KeyReader> reader_;
  std::shared_ptr<const Table> table_;  // for the text of errors
  algebra::ExprPtr function_;
  exec::QueryContext& query_;
  exec::Rows* out_ = nullptr;
};

std::unexpected<Error> table_gone() {
  return fail(Code::not_found, "The table does not exist any more.");
}

}  // namespace

Error of_table(Error error, const catalog::TableDefinition& table) {
  if (error.code == Code::corrupt)
    error.what = fmt::format("Table `{}`: {}.", table.name, error.what);
  return error;
}

// A table whose rows were moved has a new id, so it was not there; an index that was not ready then
// may lack entries.
Status RowSource::there_then(TableId table, std::optional<IndexId> index,
                             exec::QueryContext& query) const {
  if (older_ == nullptr) return {};
  const Table* const then = older_->find_table(table);
  // What a temporary table has is of its client's own transaction, or older than that.
  if (then == nullptr && definitions_->find_table(table)->temporary) return {};
  const auto* known = then == nullptr || !index ? nullptr : then->find_index(*index);
  if (then != nullptr && (!index || (known != nullptr && known->ready))) return {};
  query.definition_changed = true;
  return fail(Code::conflict,
              "The definition of a table has changed since the transaction began to read; try the "
              "transaction again.");
}

Result<std::shared_ptr<const index::IndexSet>> RowSource::indexes(const algebra::Scan& scan,
                                                                  exec::QueryContext& query) const {
  const auto table = definitions_->share_table(scan.table);
  if (table == nullptr) return table_gone();
  TRY_STATUS(there_then(scan.table, scan.index, query));
  if (scan.index) {
    const auto* index = table->find_index(*scan.index);
    if (index == nullptr) return fail(Code::not_found, "The index does not exist any more.");
    if (!index->ready) return fail(Code::unavailable, "The index is still being built.");
  }
  return sets_.of(table);
}

Result<std::unique_ptr<index::RowReader>> RowSource::open_reader(const algebra::Scan& scan,
                                                                 exec::QueryContext& query,
                                                                 value::Charge& held,
                                                                 bool of_keys) const {
  TRY(const auto set, indexes(scan, query));
  TRY_STATUS(held.add(kReaderBytes));
  if (of_keys) {
    const Table& table = *definitions_->find_table(scan.table);
    TRY(auto reader, reader_.scan_keys(scan, *set, tier(query), table.primary_key));
    if (reader != nullptr) return reader;
  }
  if (auto prefixes = prefixes_of_keys(*definitions_->find_table(scan.table), scan)) {
    return reader_.scan_ranges(scan.table, *std::move(prefixes), scan.order, tier(query));
  }
  return reader_.scan(scan, *set, tier(query));
}

// Whether a field of rows that an index finds is what the index has of them: the primary key, where
// that decodes to what it was made of.
bool RowSource::is_key_of_entries(const algebra::Scan& scan, std::string_view field) const {
  const Table* const table = scan.index ? definitions_->find_table(scan.table) : nullptr;
  if (table == nullptr || !table->declared() || field != table->primary_key) return false;
  const auto* const column = table->find_column(field);
  return column != nullptr &&
         (column->type->kind == value::Kind::integer || column->type->kind == value::Kind::text);
}

Result<std::unique_ptr<exec::RowCursor>> RowSource::open(const algebra::Scan& scan,
                                                         exec::QueryContext& query) const {
  value::Charge held(query.evaluation.account);
  TRY(auto reader, open_reader(scan, query, held));
  return std::make_unique<ReaderCursor>(std::move(held), std::move(reader),
                                        definitions_->share_table(scan.table));
}

Result<std::unique_ptr<exec::FieldCursor>> RowSource::open_fields(
    const algebra::Scan& scan, std::span<const value::FieldRequest> fields,
    exec::QueryContext& query) const {
  value::Charge held(query.evaluation.account);
  TRY(auto reader, open_reader(scan, query, held));
  return std::make_unique<ReaderFields>(
      ReaderFields::Given{.held = std::move(held),
                          .reader = std::move(reader),
                          .again = reader_,
                          .table = definitions_->share_table(scan.table),
                          .fields = std::vector(fields.begin(), fields.end()),
                          .parting = parting_},
      query);
}

Result<std::unique_ptr<exec::RowCursor>> RowSource::open_some(const algebra::Scan& scan,
                                                              const exec::SomeFields& fields,
                                                              exec::QueryContext& query) const {
  value::Charge held(query.evaluation.account);
  const bool of_keys = fields.names.size() == 1 && is_key_of_entries(scan, fields.names.front());
  TRY(auto reader, open_reader(scan, query, held, of_keys));
  return std::make_unique<SomeCursor>(std::move(held), std::move(reader),
                                      definitions_->share_table(scan.table), fields);
}

Result<std::optional<exec::KeyOfRow>> RowSource::key_of_rows(TableId table,
                                                             std::optional<IndexId> index) const {
  const Table* const definition = definitions_->find_table(table);
  if (definition == nullptr) return table_gone();
  if (!index) return exec::KeyOfRow{.field = definition->primary_key};
  const auto* const of_index = definition->find_index(*index);
  const bool has_one = of_index != nullptr && of_index->kind == catalog::kOrderedIndex &&
                       !index::is_multi(of_index->options);
  if (!has_one) return std::nullopt;
  ByteReader encoded(of_index->function);
  TRY(algebra::ExprPtr function, function::open_function(encoded));
  return exec::KeyOfRow{.field = {}, .function = std::move(function)};
}

std::optional<algebra::Scan> RowSource::scan_of_values(TableId table, std::string_view field,
                                                       std::vector<value::Value> values) const {
  const Table* const definition = definitions_->find_table(table);
  if (definition == nullptr) return std::nullopt;
  auto scan = layout::scan_of_values(*definition, field, std::move(values));
  // An older version of the table may lack the index, of which opening it would tell.
  const bool is_older = older_ != nullptr && scan && scan->index;
  return is_older ? std::nullopt : scan;
}

std::size_t RowSource::most_values(TableId table) const {
  // Of rows in memory a look is 3 µs, and a row that is read beside others 0.23.
  constexpr std::uint64_t kRowsOfLook = 16;
  const kv::View& view = reader_.view();
  const auto rows = txn::row_count(view.store(), table, {.snapshot = view.snapshot().get()});
  return rows ? static_cast<std::size_t>(*rows / kRowsOfLook) : 0;
}

Result<std::unique_ptr<exec::RowCursor>> RowSource::open_index_keys(
    const algebra::Scan& scan, exec::QueryContext& query) const {
  TRY(auto key, key_of_rows(scan.table, scan.index));
  if (!key || key->function == nullptr) return nullptr;
  value::Charge held(query.evaluation.account);
  TRY(const auto set, indexes(scan, query));
  TRY_STATUS(held.add(kReaderBytes));
  TRY(auto reader, reader_.distinct_keys(scan, *set, tier(query)));
  if (reader == nullptr) return nullptr;
  return std::make_unique<KeyCursor>(std::move(held), std::move(reader),
                                     definitions_->share_table(scan.table),
                                     std::move(key->function), query);
}

Result<std::optional<value::Value>> RowSource::get(TableId table, const value::Value& key,
                                                   exec::QueryContext& query) const {
  const Table* definition = definitions_->find_table(table);
  if (definition == nullptr) return table_gone();
  TRY_STATUS(there_then(table, {}, query));
  auto row = reader_.get(table, key, tier(query));
  if (!row) return fail(of_table(std::move(row).error(), *definition));
  return row;
}

Result<std::uint64_t> RowSource::count(const algebra::Scan& scan, exec::QueryContext& query) const {
  if (!query.may_wait) return fail(Code::would_block, "Counting reads many rows.");
  TRY(const auto set, indexes(scan, query));
  return reader_.count(scan, *set);
}

}  // namespace octavo::layout
