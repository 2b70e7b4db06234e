#include "protocol/mongodb/command/pipeline_output.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/overloaded.h"
#include "base/uuid.h"
#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/values_at.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/update.h"
#include "function/family.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/create_options.h"
#include "protocol/mongodb/command/definition_change.h"
#include "protocol/mongodb/command/edit_documents.h"
#include "protocol/mongodb/command/index_build.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/new_document.h"
#include "protocol/mongodb/command/read_access.h"
#include "protocol/mongodb/command/write_rows.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using exec::RowEdit;
using value::Value;

constexpr std::size_t kRowsAtOnce = 256;

template <class Take>
Status each_batch(Cursor& rows, Take take) {
  std::vector<Value> batch;
  bool more = true;
  while (more) {
    batch.clear();
    TRY(more, rows.next(kRowsAtOnce, batch));
    if (!batch.empty()) TRY_STATUS(take(batch));
  }
  return {};
}

using ErrorInfo = std::vector<value::Field>;

std::unexpected<Error> failed(WriteError why, ErrorInfo& info) {
  info = std::move(why.info);
  return std::unexpected(std::move(why.error));
}

// --- $out ---

Status insert_all(CommandCall& call, const Collection& collection, Cursor& rows, ErrorInfo& info) {
  return each_batch(rows, [&](const std::vector<Value>& batch) -> Status {
    std::vector<Value> documents;
    std::vector<Value> keys;
    for (const Value& row : batch) {
      TRY(Value document, new_document(row));
      keys.push_back(*document.find(kIdField));
      documents.push_back(std::move(document));
    }
    const std::vector<Value> ids = keys;
    std::optional<std::size_t> taken;
    const auto decide = [&](std::size_t i, const Value* current) -> Result<RowEdit> {
      if (current != nullptr) {
        taken = i;
        return error(ErrorCode::duplicate_key, "duplicate key");
      }
      return RowEdit{.action = RowEdit::Action::put, .row = collection.stored(documents[i])};
    };
    TRY(auto written, write_documents(call, collection, std::move(keys), decide, true));
    if (taken) return failed(duplicate_id(call, collection, ids[*taken]), info);
    if (written.errors.empty()) return {};
    return failed(std::move(written.errors.front().second), info);
  });
}

// What holds for the documents of the collection that is to be replaced holds for the new ones: its
// validator, and its indexes.
Status take_rules(CommandCall& call, Collection& made, const CollectionName& from) {
  const auto old = find_collection(*call.engine().catalog(), from.database, from.collection);
  if (!old) return {};
  TRY_STATUS(define(call, [&](const CatalogState& state) {
    return catalog::edit_table(state, made.id(), [&](catalog::TableDefinition& table) -> Status {
      table.options = old->table->options;
      table.checks = old->table->checks;
      table.next_part = old->table->next_part;
      return {};
    });
  }));
  for (const catalog::IndexDefinition& index : old->table->indexes) {
    if (given_spec(index) == nullptr) continue;
    catalog::IndexDefinition copy = index;
    copy.ready = false;
    auto built = build_index(call, made, copy);
    if (!built) return std::unexpected(std::move(built).error().error);
  }
  made.table = call.engine().catalog()->share_table(made.id());
  if (made.table == nullptr) return fail(Code::conflict, "The collection was dropped meanwhile.");
  return {};
}

Status refuse_capped(CommandCall& call, const CollectionName& into) {
  const auto there = find_collection(*call.engine().catalog(), into.database, into.collection);
  if (!there || !is_capped(*there->table)) return {};
  return error(17152, "namespace '{}.{}' is capped so it can't be used for $out", into.database,
               into.collection);
}

// Written beside the collection, whose place it takes once it is whole.
Status replace_collection(CommandCall& call, Cursor& rows, const ReplaceCollection& output,
                          ErrorInfo& info) {
  if (output.timeseries) {
    TRY_STATUS(check_timeseries("$out.timeseries", *output.timeseries));
    return error(ErrorCode::command_not_supported, "$out to a time series is not supported");
  }
  TRY_STATUS(refuse_view(*call.engine().catalog(), output.into.database, output.into.collection));
  TRY_STATUS(refuse_capped(call, output.into));
  const std::string beside = "tmp.agg_out." + random_uuid();
  TRY(Collection made, create_collection(call, output.into.database, beside, Value::object({})));
  const auto drop_beside = [&](const CatalogState& state) -> Result<Changes> {
    if (state.find_table(made.id()) == nullptr) return Changes();
    return catalog::drop_table(state, made.id());
  };
  Status inserted = take_rules(call, made, output.into);
  if (inserted) inserted = insert_all(call, made, rows, info);
  if (!inserted) {
    TRY_STATUS(define_alone(call, drop_beside));
    return inserted;
  }
  return define_alone(call, [&](const CatalogState& state) -> Result<Changes> {
    const auto* const table = state.find_table(made.id());
    if (table == nullptr) return fail(Code::conflict, "The collection was dropped meanwhile.");
    Changes changes;
    catalog::TableDefinition renamed = *table;
    renamed.name = output.into.collection;
    const auto old = find_collection(state, output.into.database, output.into.collection);
    if (old) {
      TRY(changes, catalog::drop_table(state, old->id()));
    }
    changes.emplace_back(catalog::PutTable{std::move(renamed)});
    return changes;
  });
}

// --- $merge ---

// The unique index that says what `on` means; null: there is none.
const catalog::IndexDefinition* find_unique_index(const catalog::TableDefinition& table,
                                                  const std::vector<std::string>& on,
                                                  std::string_view collation) {
  const auto is_meant = [&](const catalog::IndexDefinition& index) {
    const Value* const spec = given_spec(index);
    if (spec == nullptr || !index.unique || !index.ready || index.hidden) return false;
    if (spec->find("partialFilterExpression") != nullptr) return false;
    if (collation_name(spec->find("collation")) != collation) return false;
    const value::ObjectView fields = spec->find("key")->as_object();
    return fields.size() == on.size() && std::ranges::all_of(fields, [&](const auto& field) {
             return std::ranges::find(on, field.name) != on.end();
           });
  };
  const auto found = std::ranges::find_if(table.indexes, is_meant);
  return found == table.indexes.end() ? nullptr : &*found;
}

// What a document has at a path without arrays; null where it has nothing.
Result<Value> value_on(const Value& document, std::string_view path) {
  const Value* at = &document;
  for (std::size_t begin = 0; at != nullptr && begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    at = at->is_object() ? at->find(path.substr(begin, end - begin)) : nullptr;
    if (at != nullptr && at->is_array()) {
      return error(51185, "$merge write error: 'on' field '{}' cannot be an array", path);
    }
    begin = end + 1;
  }
  return at == nullptr || at->type() == value::Type::undefined ? Value::null() : *at;
}

class Merger {
 public:
  Merger(CommandCall& call, const Merge& merge, const RequestScope& scope, ErrorInfo& info)
      : call_(call), merge_(merge), scope_(scope), info_(info) {}

  Status run(Cursor& rows) {
    const bool by_id =
        merge_.on.empty() || (merge_.on.size() == 1 && merge_.on.front() == kIdField);
    TRY_STATUS(
        refuse_view(*call_.engine().catalog(), merge_.into.database, merge_.into.collection));
    TRY_STATUS(by_id ? use_id_index() : find_index());
    TRY(collection_, ensure_collection(call_, merge_.into.database, merge_.into.collection));
    // One that fails leaves the others of its batch.
    return each_batch(rows, [&](const std::vector<Value>& batch) -> Status {
      Status first;
      for (const Value& row : batch) {
        Status merged = by_id && is_sole_key(row) ? merge(row) : merge_on(row);
        if (!merged && ends_command(merged.error())) return merged;
        if (!merged && first) first = std::move(merged);
      }
      return first;
    });
  }

 private:
  Status find_index() {
    const auto collection =
        find_collection(*call_.engine().catalog(), merge_.into.database, merge_.into.collection);
    const auto* const index = collection ? find_unique_index(*collection->table, merge_.on,
                                                             collation_of(scope_.variables()))
                                         : nullptr;
    if (index == nullptr) return no_index();
    on_ = merge_.on;
    index_name_ = index->name;
    index_spec_ = *given_spec(*index);
    return {};
  }

  // Which compares as its collection does; of one that is made, by whatever is asked.
  Status use_id_index() {
    on_ = {std::string(kIdField)};
    index_name_ = kIdIndexName;
    index_spec_ = id_index();
    const auto collection =
        find_collection(*call_.engine().catalog(), merge_.into.database, merge_.into.collection);
    if (!collection) return {};
    index_spec_ = id_index(*collection->table);
    const std::string own = collation_name(index_spec_.find("collation"));
    return own == collation_of(scope_.variables()) ? Status() : no_index();
  }

  // Whether no other key is equal to that of the row.
  bool is_sole_key(const Value& row) const {
    const Value* const id = row.find(kIdField);
    return id == nullptr || collation_of(scope_.variables()).empty() || !has_text(*id);
  }

  static std::unexpected<Error> no_index() {
    return error(51183, "Cannot find index to verify that join fields will be unique");
  }

  Status merge(const Value& row) {
    TRY(const Value document, new_document(row));
    const auto decide = [&](std::size_t /*i*/, const Value* current) -> Result<RowEdit> {
      return current == nullptr ? without_match(document) : with_match(*current, document);
    };
    return write(*document.find(kIdField), decide, new_one(document));
  }

  Status write(const Value& id, const DecideDocument& decide, const NewDocuments& fresh) {
    TRY(auto written, write_documents(call_, *collection_, {id}, decide, true, fresh));
    if (written.errors.empty()) return {};
    WriteError& why = written.errors.front().second;
    if (why.info.empty()) return std::unexpected(std::move(why.error));
    return failed(std::move(why), info_);
  }

  // The document that is meant is looked for, and looked at again where it is written.
  Status merge_on(const Value& row) {
    TRY(const Value filter, filter_of(row));
    TRY(const auto matching, parse_filter(filter, {.variables = scope_.variables()}));
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      TRY(const std::optional<Value> id, find_id(filter));
      if (!id) return insert(row);
      bool matched = false;
      const auto decide = [&](std::size_t /*i*/, const Value* current) -> Result<RowEdit> {
        matched = false;
        if (current == nullptr) return RowEdit();
        TRY(const Value holds,
            function::evaluate_lambda(matching, {current, 1}, call_.context().evaluation));
        matched = holds.type() == value::Type::boolean && holds.as_boolean();
        return matched ? with_match_on(*current, row, filter) : Result<RowEdit>(RowEdit());
      };
      TRY_STATUS(write(*id, decide, {}));
      if (matched) return {};
    }
    return error(ErrorCode::write_conflict, "A document that matches kept changing");
  }

  Result<Value> filter_of(const Value& row) const {
    std::vector<value::Field> fields;
    for (const std::string& path : on_) {
      TRY(Value content, value_on(row, path));
      if (content.is_null() && index_spec_.find("sparse") != nullptr) {
        return error(51132, "$merge write error: 'on' field cannot be missing, null, undefined");
      }
      fields.push_back({path, Value::object({{"$eq", std::move(content)}})});
    }
    return Value::object(std::move(fields));
  }

  Result<std::optional<Value>> find_id(const Value& filter) {
    exec::QueryContext& context = call_.context();
    // Each attempt sees what is there now; the rows of the pipeline have a context of their own.
    context.leave_version();
    context.one_version = true;
    EngineCollections collections(call_, context);
    const PipelineContext pipeline{.collections = collections, .variables = scope_.variables()};
    const std::vector<Value> stages = {Value::object({{"$match", filter}}),
                                       Value::object({{"$limit", Value::int64(1)}})};
    TRY(const Pipeline planned, plan_pipeline(stages, {.name = merge_.into}, pipeline));
    TRY(const auto query, call_.engine().query(planned.plan, context));
    std::vector<Value> found;
    TRY_STATUS(query->next(1, found));
    if (found.empty()) return std::nullopt;
    const Value* const id = found.front().find(kIdField);
    return id == nullptr ? std::nullopt : std::optional(*id);
  }

  Status insert(const Value& row) {
    TRY(const Value document, new_document(row));
    const Value& id = *document.find(kIdField);
    const auto decide = [&](std::size_t /*i*/, const Value* current) -> Result<RowEdit> {
      if (current == nullptr) return without_match(document);
      return failed(duplicate_id(call_, *collection_, id), info_);
    };
    return write(id, decide, new_one(document));
  }

  // Beside what any match means: the document keeps its _id.
  Result<RowEdit> with_match_on(const Value& current, const Value& row, const Value& filter) {
    if (merge_.when_matched == WhenMatched::fail) {
      std::vector<value::Field> key;
      for (const value::Field& field : filter.as_object()) {
        key.push_back({field.name, field.value.as_object().front().value});
      }
      const std::string ns = merge_.into.database + "." + merge_.into.collection;
      return failed(
          duplicate_key(ns, index_name_, *index_spec_.find("key"), Value::object(std::move(key))),
          info_);
    }
    const Value& id = *current.find(kIdField);
    const Value* const given = row.find(kIdField);
    const bool writes_id =
        merge_.when_matched == WhenMatched::merge || merge_.when_matched == WhenMatched::replace;
    if (writes_id && given != nullptr && compare(*given, id, value::Order::bson) != 0) {
      return error(ErrorCode::immutable_field,
                   "Performing an update on the path '_id' would modify the immutable field '_id'");
    }
    if (given != nullptr || merge_.when_matched != WhenMatched::replace) {
      return with_match(current, row);
    }
    std::vector<value::Field> fields = {{std::string(kIdField), id}};
    fields.insert(fields.end(), row.as_object().begin(), row.as_object().end());
    return with_match(current, Value::object(std::move(fields)));
  }

  Result<RowEdit> without_match(const Value& document) const {
    switch (merge_.when_not_matched) {
      case WhenNotMatched::insert: return put(document);
      case WhenNotMatched::discard: return RowEdit();
      case WhenNotMatched::fail: break;
    }
    return error(13113,
                 "$merge could not find a matching document in the target collection for at "
                 "least one document in the source collection");
  }

  Result<RowEdit> with_match(const Value& current, const Value& document) {
    switch (merge_.when_matched) {
      case WhenMatched::replace: return put(document);
      case WhenMatched::keep_existing: return RowEdit();
      case WhenMatched::merge: {
        value::ObjectBuilder merged(current);
        for (const value::Field& field : document.as_object()) merged.set(field.name, field.value);
        return put(std::move(merged).build());
      }
      case WhenMatched::pipeline: return updated(current, document);
      case WhenMatched::fail: break;
    }
    return failed(duplicate_id(call_, *collection_, *document.find(kIdField)), info_);
  }

  // By an update whose variables are about the new document.
  Result<RowEdit> updated(const Value& current, const Value& document) {
    function::EvalContext& context = call_.context().evaluation;
    Variables variables = scope_.variables();
    for (const MergeVariable& variable : merge_.let) {
      TRY(Value value, function::evaluate_lambda(variable.value, {&document, 1}, context));
      variables = variables.with(variable.name, algebra::constant(std::move(value)));
    }
    TRY(const Update update,
        Update::parse(Value::array(merge_.pipeline), {}, {.variables = variables}));
    TRY(auto after, update.apply(current, nullptr, context));
    if (!after) return RowEdit();
    return put(*std::move(after));
  }

  Result<RowEdit> put(const Value& document) const {
    return RowEdit{.action = RowEdit::Action::put,
                   .row = collection_->stored(document),
                   .whole = merge_.when_matched == WhenMatched::replace};
  }

  CommandCall& call_;
  const Merge& merge_;
  const RequestScope& scope_;
  ErrorInfo& info_;
  std::optional<Collection> collection_;
  // Of the index that `on` means.
  std::vector<std::string> on_;  // the paths by which documents match
  std::string index_name_;
  Value index_spec_;
};

}  // namespace

Status write_output(CommandCall& call, Cursor& rows, const PipelineOutput& output,
                    const RequestScope& scope, ErrorInfo& info) {
  return std::visit(
      Overloaded{
          [](const std::monostate&) { return Status(); },
          [&](const Merge& merge) { return Merger(call, merge, scope, info).run(rows); },
          [&](const ReplaceCollection& out) { return replace_collection(call, rows, out, info); },
      },
      output);
}

}  // namespace octavo::mongodb
